// FilterCriteria of an event source mapping: which records a function is given.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/event_pattern/pattern.h"

namespace thimble::services::lambda::event_sources {

class Filter {
 public:
  /// `criteria`: {"Filters": [{"Pattern": text}]}, or null for a filter that every record passes. The error is the
  /// reason why a pattern is none.
  static base::Result<Filter, lang::event_pattern::PatternError> parse(const base::Json& criteria);

  bool empty() const { return patterns_.empty(); }
  /// A record in the function's form passes when one of the patterns matches it. A message's "body" that is JSON is
  /// looked into.
  bool passes(const base::Json& record) const;

 private:
  std::vector<lang::event_pattern::EventPattern> patterns_;
};

}  // namespace thimble::services::lambda::event_sources
