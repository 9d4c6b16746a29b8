#pragma once

#include <locale.h>  // uselocale is POSIX, not <clocale>'s

namespace dslite {

// strtod and snprintf follow the thread's locale, and half of Europe's writes 0,5.
class CLocale {
  public:
    CLocale() : c_(newlocale(LC_ALL_MASK, "C", nullptr)), before_(uselocale(c_)) {}
    ~CLocale() {
        uselocale(before_);
        freelocale(c_);
    }
    CLocale(const CLocale&) = delete;
    CLocale& operator=(const CLocale&) = delete;

  private:
    locale_t c_;
    locale_t before_;
};

}  // namespace dslite
