// One test that a pattern makes of a value in an event.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lang/policy/ip_network.h"

namespace thimble::lang::event_pattern {

struct ValueMatcher {
  enum class Kind {
    Exact,             ///< Equal to one of `values`.
    AnythingBut,       ///< Equal to none of `values`.
    Prefix,            ///< Begins with one of `texts`.
    Suffix,            ///< Ends with one of `texts`.
    EqualsIgnoreCase,  ///< One of `texts`, whatever the case.
    Wildcard,          ///< One of `texts`, where "*" stands for any text.
    Numeric,           ///< A number between `low` and `high`.
    Cidr,              ///< An address in `network`.
    Exists,            ///< There is a value.
    Absent,            ///< There is none.
  };

  Kind kind = Kind::Exact;
  bool negated = false;      ///< Under anything-but: Prefix, Suffix, EqualsIgnoreCase and Wildcard.
  bool ignore_case = false;  ///< Prefix and Suffix.
  std::vector<base::Json> values;
  std::vector<std::string> texts;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;  ///< The bound itself is outside.
  bool high_open = false;
  policy::IpNetwork network;

  /// Whether a value that is there passes. Exists and Absent are judged by the caller, who knows what is there.
  bool passes(const base::Json& value) const;
};

/// Whether `text` is what `pattern` says; in it "\*" is an asterisk and "\\" a backslash.
bool matchesWildcard(std::string_view pattern, std::string_view text);

}  // namespace thimble::lang::event_pattern
