// register_process_metrics of server_metrics.hpp.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "observe/server_metrics.hpp"

namespace gatehouse::observe {

namespace {

// The second number of /proc/self/statm, in pages (proc(5)).
double resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double open_descriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at{"/proc/self/fd", error}, end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the one that lists them
}

}  // namespace

void register_process_metrics(Metrics& metrics) {
  metrics.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", resident_bytes);
  metrics.gauge("process_open_fds", "Open file descriptors.", open_descriptors);
  metrics.sampled_counter("process_cpu_seconds_total", "CPU time used, user and system.", cpu_seconds);
}

}  // namespace gatehouse::observe
