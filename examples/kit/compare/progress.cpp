#include "kit/compare/progress.hpp"

#include <algorithm>
#include <numeric>

#include <vaecollapse/core/text.hpp>

#include "kit/counted.hpp"

namespace kit {

ComparisonProgress::ComparisonProgress(std::FILE* stream, std::size_t runs, std::size_t done)
    : stream_(stream),
      done_(done),
      done_before_(done),
      shares_(runs - done),
      shares_before_(runs - done, -1),
      status_(stream) {
  std::fprintf(stream_, "%s, %zu of them done before\n", counted(runs, "run").c_str(), done);
}

void ComparisonProgress::on_share(std::size_t run, double share) {
  const std::lock_guard lock(mutex_);
  if (shares_before_[run] < 0) shares_before_[run] = share;
  shares_[run] = share;
  if (Clock::now() - drawn_ > std::chrono::milliseconds(100)) draw();
}

void ComparisonProgress::on_note(const std::string& note) {
  const std::lock_guard lock(mutex_);
  status_.clear();
  std::fprintf(stream_, "%s\n", note.c_str());
  std::fflush(stream_);
}

void ComparisonProgress::on_failed(std::size_t run, const std::string& name,
                                   const std::string& reason) {
  finish(run, name + ": FAILED: " + reason);
}

void ComparisonProgress::finish(std::size_t run, const std::string& line) {
  const std::lock_guard lock(mutex_);
  shares_[run] = 1;
  ++done_;
  status_.clear();
  std::fprintf(stream_, "%zu/%zu  %s, left %s\n", done_, done_before_ + shares_.size(),
               line.c_str(), left().c_str());
  std::fflush(stream_);
}

double ComparisonProgress::share_made() const {
  return std::accumulate(shares_.begin(), shares_.end(), 0.0) / static_cast<double>(shares_.size());
}

double ComparisonProgress::share_before() const {
  double sum = 0;
  for (const double share : shares_before_) sum += std::max(share, 0.0);
  return sum / static_cast<double>(shares_before_.size());
}

std::string ComparisonProgress::left() const {
  const double share = share_made();
  const double made = share - share_before();
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  return made > 0 ? show_duration(passed * (1 - share) / made) : "?";
}

void ComparisonProgress::draw() {
  drawn_ = Clock::now();
  status_.draw(share_made(),
               vaecollapse::formatted(" %zu/%s  left %s", done_,
                                      counted(done_before_ + shares_.size(), "run").c_str(),
                                      left().c_str()));
}

}  // namespace kit
