// Method and URI templates of the REST protocols as a matching table.
// https://smithy.io/2.0/spec/http-bindings.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/http/headers.h"
#include "wire/shapes/model.h"

namespace thimble::wire {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct RestMatch {
  const shapes::Operation* operation = nullptr;  ///< nullptr: nothing matches.
  Labels labels;                                 ///< Decoded, by member name.
  bool path_known = false;                       ///< Some operation has this path, with another method.
};

/// The operations of one REST service. Where several match, the one whose fixed query parts and required parameters and
/// headers are all there, and the most of them, is meant: PutObject and UploadPart share method and path.
class RestRoutes {
 public:
  explicit RestRoutes(const shapes::Service& service);

  /// `path` and `query` as sent, percent-encoded.
  RestMatch match(std::string_view method, std::string_view path, std::string_view query,
                  const http::Headers& headers) const;

 private:
  struct Segment {
    std::string text;  ///< A literal, or the label's name.
    bool label = false;
    bool greedy = false;
  };
  struct Route {
    const shapes::Operation* operation = nullptr;
    std::vector<Segment> segments;
    Labels fixed_query;                       ///< Names with values; an empty value only asks for the name.
    std::vector<std::string> required_query;  ///< Names of required members in the query string.
    std::vector<std::string> required_headers;
    std::size_t literals = 0;
  };

  static bool matchPath(const Route& route, std::string_view path, Labels* labels);

  std::vector<Route> routes_;
};

}  // namespace thimble::wire
