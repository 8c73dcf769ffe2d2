// What a process used: the clock of the machine, CPU time, memory, threads; and percentiles.
#pragma once

#include <cstdint>
#include <vector>

namespace bench {

// Seconds of CLOCK_MONOTONIC, which all processes of a machine share.
double Now();

// CPU seconds of this process, user and system, all threads.
double Cpu();

// A moment: the differences of two are what a stretch of time cost.
struct Moment {
  double time = Now();
  double cpu = Cpu();
};

int64_t ResidentKilobytes();
int ThreadCount();

// Of 0 to 1; 0 where there are no values.
double Percentile(std::vector<double> values, double fraction);

// Lets a process have as many sockets as the system allows.
void RaiseFileLimit();

}  // namespace bench
