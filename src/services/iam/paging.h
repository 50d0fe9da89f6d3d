// Marker and MaxItems, which every list operation of IAM has.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/result.h"
#include "services/iam/errors.h"

namespace thimble::services::iam {

inline constexpr std::int64_t kDefaultMaxItems = 100;

template <class T>
struct Page {
  std::vector<T> items;
  bool truncated = false;
  std::optional<std::string> marker;  ///< When truncated.
};

/// The items after the marker, at most max_items. The marker holds the order value of the last item given, so that
/// items that come and go meanwhile neither repeat nor skip others. `order(item)` is a unique text, ascending in
/// `items`.
template <class T, class Order>
base::Result<Page<T>> paginate(std::vector<T> items, const std::optional<std::string>& marker,
                               const std::optional<std::int64_t>& max_items, Order order) {
  auto begin = items.begin();
  if (marker) {
    const auto last = base::decodeBase64(*marker);
    if (!last) return validationError("Invalid Marker.");
    begin = std::find_if(items.begin(), items.end(), [&](const T& item) { return order(item) > *last; });
  }
  const auto count = std::min<std::int64_t>(max_items.value_or(kDefaultMaxItems), items.end() - begin);
  Page<T> page;
  page.truncated = begin + count != items.end();
  page.items.assign(std::make_move_iterator(begin), std::make_move_iterator(begin + count));
  if (page.truncated) page.marker = base::encodeBase64(page.items.empty() ? "" : order(page.items.back()));
  return page;
}

/// Fills in an output's IsTruncated and Marker.
template <class T, class Output>
void setPaging(const Page<T>& page, Output& output) {
  output.IsTruncated_ = page.truncated;
  output.Marker_ = page.marker;
}

}  // namespace thimble::services::iam
