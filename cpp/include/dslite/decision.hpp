// Stage 13: answers → events, as the recipe's [decision] says.
//
//   smoothing     of each class's score x over the answers: "mean" of the last `smoothing_chunks`
//                 (of fewer at the beginning); "exponential" s ← s + smoothing_factor·(x − s), which
//                 begins at the first x
//   active        is a class in an answer when its smoothed score is at least its threshold. The class
//                 with the best smoothed score is active without one (0); a value never is
//   event         a run of answers in which a class is active: from the start of the first to the end
//                 of the last, unless that is less than `minimum_seconds`
//                 (an event that short leaves no trace)
//   refractory    the first answer of a class's next event ends at least `refractory_seconds` after the
//                 end of its last
//
// Classes are decided independently: events of several may overlap. Answers themselves stay raw.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dslite/model.hpp"
#include "dslite/recipe.hpp"

namespace dslite {

struct Event {
    double start_s = 0;
    double end_s = 0;
    std::size_t label = 0;  // index
    float peak = 0;         // highest smoothed score
};

class DecisionPlan {
  public:
    // Labels name the scores; `classes` is Model::is_classifier(). Throws std::invalid_argument when
    // decision.class_thresholds names a label that is not there.
    DecisionPlan(const Recipe& recipe, const std::vector<std::string>& labels, bool classes);

    std::size_t labels() const { return thresholds_.size(); }

  private:
    friend class Decision;

    Recipe::Decision decision_;
    bool classes_;
    double half_sample_s_;            // times are whole samples, but their doubles are rounded
    std::vector<double> thresholds_;  // one per label; 0: none, infinity: never
};

// The decision in progress. Not thread-safe; keeps a reference to the plan.
class Decision {
  public:
    explicit Decision(const DecisionPlan& plan);

    // The next answer of a stream, in order. Appends the events that end before it to `events`: at
    // most one per label. Nothing is allocated while `events` has room for them. Throws
    // std::invalid_argument unless the answer has one score per label.
    void push(const Answer& answer, std::vector<Event>& events);
    // The stream ends here: appends the events still open. What is pushed next is a new stream.
    void finish(std::vector<Event>& events);

    // One per label, of the last answer.
    const std::vector<float>& smoothed() const { return smoothed_; }

  private:
    struct Track {
        Event event;
        bool open = false;
        double earliest_end_s = 0;  // of the answer that may open the next
    };

    void smooth(const std::vector<float>& scores);
    bool is_active(std::size_t label, std::size_t best) const;
    void close(Track& track, std::vector<Event>& events);
    void reset();

    const DecisionPlan* plan_;
    std::vector<float> history_;   // (smoothing_chunks, labels), a ring
    std::vector<double> average_;  // exponential
    std::vector<float> smoothed_;
    std::vector<Track> tracks_;
    std::size_t count_ = 0;  // answers in the history
    std::size_t next_ = 0;   // where the next goes
};

}  // namespace dslite
