// Vectors of 32-bit floats, packed: how values become them, how near they are to each other, and the nearest of many.
// Pure.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearchWorkingWith.html
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/expression/value.h"

namespace thimble::services::dynamodb {

inline constexpr std::size_t kMostDimensions = 4096;
/// Of each dimension, in a packed vector and in what DynamoDB counts for it.
inline constexpr std::size_t kDimensionBytes = 4;

enum class Distance { Cosine, Euclidean, DotProduct };
/// "COSINE", "EUCLIDEAN" or "DOT_PRODUCT"; nothing for other names.
std::optional<Distance> distanceFromName(std::string_view name);

/// Why a value is no vector.
struct VectorFault {
  enum class Kind { NotAList, OtherSize, NotANumber, OutOfRange };
  Kind kind;
  std::size_t position = 0;  ///< Of the element; OtherSize: how many there are.
  std::string actual;        ///< The element's type, "S"; OutOfRange: its number, "1E+39".
};

/// Reads a list of so many numbers, each rounded to the nearest float.
base::Result<std::string, VectorFault> packVector(lang::expression::ValueView value, std::size_t dimensions);
/// Reads the numbers of a search; nothing when one is no number within a float's range.
std::optional<std::string> packNumbers(const std::vector<lang::expression::Value>& numbers);

/// A packed vector's numbers, each in the shortest form that names its float: "1.0", "0.1", "1e-23".
std::vector<std::string> numbersOf(std::string_view packed);

/// How far two vectors of one size are apart; of DotProduct, how alike they are. Summed up in doubles, then a float,
/// beyond whose range it stays at its end. The cosine of a vector of zeros counts as 0.
double score(Distance distance, std::string_view left, std::string_view right);

/// The nearest of those that were offered. Of equal scores the earlier is nearer.
class Nearest {
 public:
  struct Found {
    double score;
    std::string row;  ///< What was offered with it.
  };

  Nearest(Distance distance, std::size_t most) : distance_(distance), most_(most) {}
  void offer(double score, std::string_view row);
  /// The nearest first.
  std::vector<Found> take();

 private:
  struct Entry {
    double score;
    std::size_t order;
    std::string row;
  };
  bool nearer(const Entry& left, const Entry& right) const;

  Distance distance_;
  std::size_t most_;
  std::size_t offered_ = 0;
  std::vector<Entry> heap_;  ///< The farthest in front.
};

}  // namespace thimble::services::dynamodb
