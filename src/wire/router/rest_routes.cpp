#include "wire/router/rest_routes.h"

#include <algorithm>

#include "base/encoding.h"

namespace thimble::wire {
namespace {

struct QueryNames {
  explicit QueryNames(std::string_view query) {
    while (!query.empty()) {
      const std::size_t end = query.find('&');
      const std::string_view pair = query.substr(0, end);
      const std::size_t equals = pair.find('=');
      const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
      pairs.emplace_back(
          base::decodePercent(pair.substr(0, equals), true).value_or(std::string(pair.substr(0, equals))), value);
      if (end == std::string_view::npos) break;
      query.remove_prefix(end + 1);
    }
  }
  bool has(std::string_view name) const {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  }
  bool has(std::string_view name, std::string_view value) const {
    return std::any_of(pairs.begin(), pairs.end(),
                       [&](const auto& pair) { return pair.first == name && (value.empty() || pair.second == value); });
  }
  std::vector<std::pair<std::string, std::string_view>> pairs;
};

}  // namespace

RestRoutes::RestRoutes(const shapes::Service& service) {
  for (const shapes::Operation& operation : service.operations) {
    Route route;
    route.operation = &operation;
    std::string_view uri = operation.uri;
    const std::size_t mark = uri.find('?');
    std::string_view path = uri.substr(0, mark);
    if (mark != std::string_view::npos) {
      std::string_view query = uri.substr(mark + 1);
      while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const std::size_t equals = pair.find('=');
        // "x-id" only tells SDKs apart what the path does not; clients need not send it.
        if (pair.substr(0, equals) != "x-id") {
          route.fixed_query.emplace_back(pair.substr(0, equals),
                                         equals == std::string_view::npos ? "" : pair.substr(equals + 1));
        }
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
      }
    }
    while (!path.empty()) {
      path.remove_prefix(1);  // The slash.
      const std::size_t end = path.find('/');
      const std::string_view text = path.substr(0, end);
      if (text.starts_with('{')) {
        const bool greedy = text.ends_with("+}");
        route.segments.push_back({std::string(text.substr(1, text.size() - (greedy ? 3 : 2))), true, greedy});
      } else if (!text.empty() || end != std::string_view::npos) {
        route.segments.push_back({std::string(text), false, false});
        ++route.literals;
      }
      if (end == std::string_view::npos) break;
      path.remove_prefix(end);
    }
    if (operation.input != nullptr) {
      for (const shapes::Member& member : operation.input->members) {
        if (!member.required) continue;
        if (member.location == shapes::Location::QueryString) route.required_query.emplace_back(member.wireName());
        if (member.location == shapes::Location::Header) route.required_headers.emplace_back(member.wireName());
      }
    }
    routes_.push_back(std::move(route));
  }
}

bool RestRoutes::matchPath(const Route& route, std::string_view path, Labels* labels) {
  if (path.starts_with('/')) path.remove_prefix(1);
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const Segment& segment = route.segments[i];
    const bool last = i + 1 == route.segments.size();
    std::string_view part;
    if (segment.greedy && last) {
      part = path;
      path = {};
    } else if (segment.greedy) {
      // Literals follow: the label takes all but as many parts from the end.
      std::size_t end = path.size();
      for (std::size_t k = i + 1; k < route.segments.size(); ++k) {
        end = end == 0 ? std::string_view::npos : path.rfind('/', end - 1);
        if (end == std::string_view::npos) return false;
      }
      part = path.substr(0, end);
      path.remove_prefix(end + 1);
    } else {
      const std::size_t end = path.find('/');
      part = path.substr(0, end);
      if (last) {
        // A slash at the end is forgiven: S3 clients address a bucket as "/bucket/".
        if (end != std::string_view::npos && end + 1 != path.size()) return false;
        path = {};
      } else {
        if (end == std::string_view::npos) return false;
        path.remove_prefix(end + 1);
      }
    }
    if (part.empty()) return false;
    if (!segment.label) {
      if (part != segment.text) return false;
      continue;
    }
    if (labels != nullptr) {
      auto decoded = base::decodePercent(part);
      if (!decoded) return false;
      labels->emplace_back(segment.text, std::move(*decoded));
    }
  }
  return path.empty();
}

RestMatch RestRoutes::match(std::string_view method, std::string_view path, std::string_view query,
                            const http::Headers& headers) const {
  const QueryNames names(query);
  RestMatch best;
  std::size_t best_score = 0;
  const Route* chosen = nullptr;
  for (const Route& route : routes_) {
    if (!matchPath(route, path, nullptr)) continue;
    if (route.operation->method != method) {
      best.path_known = true;
      continue;
    }
    const bool fits = std::all_of(route.fixed_query.begin(), route.fixed_query.end(),
                                  [&](const auto& fixed) { return names.has(fixed.first, fixed.second); });
    if (!fits) continue;
    // A missing required parameter is an error of the operation only when no other operation fits better; but the query
    // of "GET /key?attributes" says what is meant, whatever its headers are.
    std::size_t required = 0;
    std::size_t missing = 0;
    for (const std::string& name : route.required_query) names.has(name) ? ++required : ++missing;
    for (const std::string& name : route.required_headers) {
      if (headers.contains(name)) {
        ++required;
      } else if (route.fixed_query.empty()) {
        ++missing;
      }
    }
    const std::size_t score = 1 + (missing == 0 ? 1'000'000 : 0) + route.fixed_query.size() * 10'000 +
                              required * 1'000 + route.literals * 10 + (route.operation->implemented ? 1 : 0);
    if (score > best_score) {
      best_score = score;
      chosen = &route;
    }
  }
  if (chosen != nullptr) {
    best.operation = chosen->operation;
    matchPath(*chosen, path, &best.labels);
  }
  return best;
}

}  // namespace thimble::wire
