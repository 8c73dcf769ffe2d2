// Times on which both sides agree, and things to wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "measure.h"

namespace bench {

inline void SleepUntil(double time) {
  std::this_thread::sleep_until(std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(time))));
}

// Counts down to nothing.
class Latch {
 public:
  explicit Latch(int count) : count_(count) {}
  void Down() {
    std::lock_guard lock(mutex_);
    if (--count_ <= 0) {
      done_.notify_all();
    }
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return count_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  int count_;
};

// Numbers as the text of a message.
inline std::string Text(const std::vector<double>& numbers) {
  std::string text;
  for (double number : numbers) {
    char digits[40];
    std::snprintf(digits, sizeof(digits), "%.9f ", number);
    text += digits;
  }
  return text;
}

inline std::vector<double> Numbers(const std::string& text) {
  std::istringstream words(text);
  std::vector<double> numbers;
  for (double number; words >> number;) {
    numbers.push_back(number);
  }
  return numbers;
}

// When a measurement is warm, and when it ends.
struct Window {
  double from;
  double to;
};

inline Window WindowAt(double start, const std::vector<double>& lengths) {
  return {start + lengths[0], start + lengths[0] + lengths[1]};
}

}  // namespace bench
