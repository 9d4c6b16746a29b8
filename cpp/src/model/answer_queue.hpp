// Answers that wait for a late consumer: the newest of them, up to a bound.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "dslite/model.hpp"

namespace dslite {

// A ring. It grows to the longest queue there was, so that a consumer who keeps up costs little, and
// its places keep the memory of their scores.
class AnswerQueue {
  public:
    explicit AnswerQueue(std::size_t bound) : bound_(bound) {
        if (bound == 0) throw std::invalid_argument("max_answers = 0: expected 1 or more");
    }

    std::uint64_t dropped() const { return dropped_; }

    // Behind the others, the oldest giving way where the bound is reached.
    void add(const Answer& answer) {
        if (size_ == bound_) {
            first_ = (first_ + 1) % places_.size();
            --size_;
            ++dropped_;
        }
        if (size_ == places_.size()) grow();
        places_[(first_ + size_) % places_.size()] = answer;
        ++size_;
    }

    // The oldest, if any.
    bool take(Answer& answer) {
        if (size_ == 0) return false;
        answer = places_[first_];
        first_ = (first_ + 1) % places_.size();
        --size_;
        return true;
    }

  private:
    void grow() {
        std::rotate(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(first_),
                    places_.end());
        first_ = 0;
        places_.resize(std::min(bound_, 2 * places_.size() + 4));
    }

    std::size_t bound_;
    std::vector<Answer> places_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace dslite
