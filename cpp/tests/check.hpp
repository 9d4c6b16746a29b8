// A small check header: tests register themselves, checks count and report and go on.
//
//   TEST(a_name) {
//       CHECK(condition);
//       CHECK_EQ(found, expected);
//       CHECK_NEAR(found, expected, tolerance);
//       CHECK_THROWS(expression, dslite::Error, "part of its message");
//       SKIP("why this cannot run here");
//   }
//
// check.cpp holds main(): exit code 0 when every check passed, 1 when one failed, 77 (which CTest
// shows as skipped) when none failed but a test was skipped.
#pragma once

#include <cmath>
#include <sstream>
#include <string>
#include <type_traits>

namespace check {

struct Skip {
    std::string why;
};

bool add_test(const char* name, void (*body)());
void passed();
void failed(const char* file, int line, const std::string& what);

template <typename T>
std::string text(const T& value) {
    std::ostringstream out;
    out.precision(17);
    if constexpr (std::is_enum_v<T>) {
        out << static_cast<long long>(value);
    } else if constexpr (sizeof(T) == 1 && std::is_integral_v<T>) {
        out << static_cast<int>(value);
    } else {
        out << value;
    }
    return out.str();
}

inline void expect(bool ok, const char* file, int line, const std::string& what) {
    if (ok) {
        passed();
    } else {
        failed(file, line, what);
    }
}

template <typename A, typename B>
void equal(const A& found, const B& expected, const char* file, int line, const char* expression) {
    if (found == expected) {
        passed();
    } else {
        failed(file, line,
               std::string(expression) + " is " + text(found) + ", expected " + text(expected));
    }
}

inline void near(double found, double expected, double tolerance, const char* file, int line,
                 const char* expression) {
    // Written so that a NaN fails.
    const bool ok = std::abs(found - expected) <= tolerance;
    expect(ok, file, line,
           ok ? std::string()
              : std::string(expression) + " is " + text(found) + ", expected " + text(expected) +
                    " within " + text(tolerance));
}

template <typename Exception, typename Call>
void throws(Call&& call, const std::string& part, const char* file, int line,
            const char* expression) {
    try {
        call();
    } catch (const Exception& error) {
        const std::string message = error.what();
        const bool one_line = message.find('\n') == std::string::npos;
        expect(one_line && message.find(part) != std::string::npos, file, line,
               std::string(expression) + " says \"" + message + "\", expected one line with \"" +
                   part + "\"");
        return;
    } catch (const std::exception& error) {
        failed(file, line, std::string(expression) + " throws another type: " + error.what());
        return;
    }
    failed(file, line, std::string(expression) + " does not throw");
}

}  // namespace check

#define TEST(name)                                                                           \
    static void test_##name();                                                               \
    [[maybe_unused]] static const bool added_##name = ::check::add_test(#name, test_##name); \
    static void test_##name()

#define SKIP(why) \
    throw ::check::Skip { why }

#define CHECK(condition) \
    ::check::expect(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(found, expected) ::check::equal((found), (expected), __FILE__, __LINE__, #found)
#define CHECK_NEAR(found, expected, tolerance)                               \
    ::check::near(static_cast<double>(found), static_cast<double>(expected), \
                  static_cast<double>(tolerance), __FILE__, __LINE__, #found)
#define CHECK_THROWS(expression, exception, part)                                                \
    ::check::throws<exception>([&] { static_cast<void>(expression); }, part, __FILE__, __LINE__, \
                               #expression)
