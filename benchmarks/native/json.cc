#include "json.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace bench {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

void Json::Name(std::string_view name) {
  if (!members_.empty()) {
    members_ += ", ";
  }
  members_ += Quoted(name) + ": ";
}

Json& Json::Set(std::string_view name, double value) {
  Name(name);
  char digits[40];
  std::snprintf(digits, sizeof(digits), "%.9g", value);
  members_ += std::isfinite(value) ? digits : "null";
  return *this;
}

Json& Json::Set(std::string_view name, std::string_view value) {
  Name(name);
  members_ += Quoted(value);
  return *this;
}

Json& Json::Set(std::string_view name, const Json& value) {
  Name(name);
  members_ += value.Text();
  return *this;
}

Json& Json::Set(std::string_view name, const std::vector<Json>& values) {
  Name(name);
  std::string list;
  for (const Json& value : values) {
    list += (list.empty() ? "" : ", ") + value.Text();
  }
  members_ += "[" + list + "]";
  return *this;
}

Options::Options(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      std::fprintf(stderr, "%s is not key=value\n", word.c_str());
      std::exit(2);
    }
    values_[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

std::string Options::Text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

double Options::Number(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::strtod(found->second.c_str(), nullptr);
}

std::vector<std::string> Options::List(const std::string& name, const std::string& fallback) const {
  std::vector<std::string> list;
  std::istringstream text(Text(name, fallback));
  for (std::string item; std::getline(text, item, ',');) {
    list.push_back(item);
  }
  return list;
}

}  // namespace bench
