#include "dslite/decision.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "src/recipe/class_thresholds.hpp"

namespace dslite {
namespace {

std::string listed(const std::vector<std::string>& labels) {
    std::string text;
    for (const std::string& label : labels) text += (text.empty() ? "" : ", ") + label;
    return text;
}

}  // namespace

DecisionPlan::DecisionPlan(const Recipe& recipe, const std::vector<std::string>& labels,
                           bool classes)
    : decision_(recipe.decision),
      classes_(classes),
      half_sample_s_(0.5 / recipe.audio.sample_rate_hz),
      thresholds_(labels.size(), recipe.decision.threshold) {
    for (const ClassThreshold& one : parse_class_thresholds(decision_.class_thresholds)) {
        const auto found = std::find(labels.begin(), labels.end(), one.label);
        if (found == labels.end()) {
            throw std::invalid_argument("decision.class_thresholds names '" + one.label +
                                        "': expected one of the labels " + listed(labels));
        }
        thresholds_[static_cast<std::size_t>(found - labels.begin())] = one.threshold;
    }
}

Decision::Decision(const DecisionPlan& plan)
    : plan_(&plan), smoothed_(plan.labels()), tracks_(plan.labels()) {
    const Recipe::Decision& decision = plan.decision_;
    if (decision.smoothing == Smoothing::mean) {
        history_.resize(static_cast<std::size_t>(decision.smoothing_chunks) * plan.labels());
    }
    if (decision.smoothing == Smoothing::exponential) average_.resize(plan.labels());
    for (std::size_t label = 0; label < tracks_.size(); ++label) tracks_[label].event.label = label;
    reset();
}

void Decision::reset() {
    count_ = 0;
    next_ = 0;
    for (Track& track : tracks_) {
        track.open = false;
        track.earliest_end_s = -std::numeric_limits<double>::infinity();
    }
}

void Decision::smooth(const std::vector<float>& scores) {
    const Recipe::Decision& decision = plan_->decision_;
    const std::size_t n = scores.size();
    if (decision.smoothing == Smoothing::none) {
        smoothed_ = scores;
    } else if (decision.smoothing == Smoothing::mean) {
        const std::size_t length = history_.size() / n;
        std::copy(scores.begin(), scores.end(), history_.data() + next_ * n);
        next_ = (next_ + 1) % length;
        count_ = std::min(count_ + 1, length);
        // Summed anew each time: a running sum would gather roundings for months.
        for (std::size_t i = 0; i < n; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < count_; ++j) {
                sum += static_cast<double>(history_[j * n + i]);
            }
            smoothed_[i] = static_cast<float>(sum / static_cast<double>(count_));
        }
    } else {
        const double factor = count_ == 0 ? 1.0 : decision.smoothing_factor;
        count_ = 1;
        for (std::size_t i = 0; i < n; ++i) {
            average_[i] += factor * (static_cast<double>(scores[i]) - average_[i]);
            smoothed_[i] = static_cast<float>(average_[i]);
        }
    }
}

bool Decision::is_active(std::size_t label, std::size_t best) const {
    const double threshold = plan_->thresholds_[label];
    if (threshold == 0.0) return plan_->classes_ && label == best;
    return static_cast<double>(smoothed_[label]) >= threshold;
}

void Decision::push(const Answer& answer, std::vector<Event>& events) {
    if (answer.scores.size() != plan_->labels()) {
        throw std::invalid_argument("answer with " + std::to_string(answer.scores.size()) +
                                    " scores: expected one for each of the " +
                                    std::to_string(plan_->labels()) + " labels");
    }
    smooth(answer.scores);
    const std::size_t best = index_of_best(smoothed_);
    for (std::size_t label = 0; label < tracks_.size(); ++label) {
        Track& track = tracks_[label];
        if (!is_active(label, best)) {
            close(track, events);
            continue;
        }
        if (!track.open) {
            if (answer.end_s < track.earliest_end_s) continue;
            track.open = true;
            track.event.start_s = answer.start_s;
            track.event.peak = smoothed_[label];
        }
        track.event.end_s = answer.end_s;
        track.event.peak = std::max(track.event.peak, smoothed_[label]);
    }
}

void Decision::close(Track& track, std::vector<Event>& events) {
    if (!track.open) return;
    track.open = false;
    const Recipe::Decision& decision = plan_->decision_;
    const double length_s = track.event.end_s - track.event.start_s + plan_->half_sample_s_;
    if (length_s < decision.minimum_seconds) return;
    track.earliest_end_s = track.event.end_s + decision.refractory_seconds - plan_->half_sample_s_;
    events.push_back(track.event);
}

void Decision::finish(std::vector<Event>& events) {
    for (Track& track : tracks_) close(track, events);
    reset();
}

}  // namespace dslite
