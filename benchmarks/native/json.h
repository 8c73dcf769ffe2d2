// JSON in the small: what a program is told comes as key=value, what it says goes out as one object.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// An object that is written member by member.
class Json {
 public:
  Json& Set(std::string_view name, double value);
  Json& Set(std::string_view name, std::string_view value);
  Json& Set(std::string_view name, const Json& value);
  Json& Set(std::string_view name, const std::vector<Json>& values);
  std::string Text() const { return "{" + members_ + "}"; }

 private:
  void Name(std::string_view name);

  std::string members_;
};

// key=value words of a command line.
class Options {
 public:
  Options(int argc, char** argv);

  std::string Text(const std::string& name, const std::string& fallback) const;
  double Number(const std::string& name, double fallback) const;
  int Integer(const std::string& name, int fallback) const { return static_cast<int>(Number(name, fallback)); }
  // Separated by commas.
  std::vector<std::string> List(const std::string& name, const std::string& fallback) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace bench
