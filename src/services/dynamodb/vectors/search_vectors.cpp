// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
#include <algorithm>
#include <memory>

#include "dispatch/plain_asynchronous.h"
#include "lang/expression/request.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/vectors/search_condition.h"
#include "services/dynamodb/vectors/vector_entries.h"
#include "services/dynamodb/vectors/vector_walk.h"
#include "wire/shapes/dynamodb.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Condition;
using lang::expression::ItemBuilder;
using lang::expression::ItemView;
using lang::expression::Projection;
using lang::expression::Value;

constexpr std::int64_t kMostNeighbours = 100;
constexpr std::size_t kShortestName = 3;
constexpr std::size_t kLongestName = 255;

base::ApiError invalidMember(const std::string& value_at, const std::string& constraint) {
  return validationException("1 validation error detected: Value " + value_at +
                             " failed to satisfy constraint: Member must have " + constraint);
}

/// SearchVectors reads its input in a way of its own, with messages of its own.
base::Result<void> checkMembers(const Json& input) {
  for (const char* member : {"TableName", "IndexName", "SearchVector", "TopK"}) {
    if (input[member].isNull()) return validationException("missing field `" + std::string(member) + "`");
  }
  const std::size_t name = input.stringAt("IndexName").size();
  if (name < kShortestName) {
    return invalidMember("at 'IndexName'", "length greater than or equal to " + std::to_string(kShortestName));
  }
  if (name > kLongestName) {
    return invalidMember("at 'IndexName'", "length less than or equal to " + std::to_string(kLongestName));
  }
  const std::size_t numbers = input["SearchVector"].size();
  if (numbers == 0) return invalidMember("at 'SearchVector'", "length greater than or equal to 1");
  if (numbers > kMostDimensions) {
    return invalidMember("at 'SearchVector'", "length less than or equal to " + std::to_string(kMostDimensions));
  }
  const std::int64_t most = input["TopK"].asInt();
  if (most < 1) return invalidMember("'" + std::to_string(most) + "' at 'topK'", "value greater than or equal to 1");
  if (most > kMostNeighbours) {
    return validationException("Provided TopK value '" + std::to_string(most) +
                               "' is out of valid range. The value must be between 1 and " +
                               std::to_string(kMostNeighbours) + " inclusive");
  }
  return {};
}

base::Result<std::string> readVector(const Json& vector) {
  std::vector<Value> numbers;
  for (const Json& each : vector.asArray()) {
    TRY_ASSIGN(Value number, Value::fromJson(each));
    numbers.push_back(std::move(number));
  }
  auto packed = packNumbers(numbers);
  if (packed) return std::move(*packed);
  return validationException(
      "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point number "
      "attribute");
}

/// A search shows items of every partition. A statement that allows some partitions or attributes only does not allow
/// it, but "ForAllValues" holds for keys that are missing: so these have a value that no policy's text is.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Security.html
dispatch::ConditionValues conditionsOfSearch() {
  const std::vector<std::string> none = {std::string(1, '\0')};
  return {{"dynamodb:LeadingKeys", none}, {"dynamodb:Attributes", none}};
}

base::Result<const IndexInfo*> findVectorIndex(const TableInfo& table, const std::string& name) {
  const IndexInfo* index = table.findIndex(name);
  if (index == nullptr || !index->vector || !index->kept) {
    return validationException("The table does not have the specified index: " + name);
  }
  if (!index->readable) return validationException("Cannot search backfilling vector index: " + name);
  return index;
}

/// The rows of those entries that the search is among.
store::Range rowsOf(const TableInfo& table, const IndexInfo& index, const std::vector<SearchEquality>& equalities) {
  std::string prefix = rowsPrefix(table, &index);
  for (const KeyAttribute& key : index.vector->partition) {
    for (const SearchEquality& each : equalities) {
      const lang::expression::ValueView value = *each.value;
      if (each.path->root() == key.name) appendPartition(prefix, {&value, 1});
    }
  }
  return {prefix, store::prefixEnd(prefix)};
}

/// A vector as the index shows it.
Json shownVector(std::string_view packed) {
  Json numbers = Json::array();
  for (std::string& number : numbersOf(packed)) numbers.push(Json::object({{"N", std::move(number)}}));
  return Json::object({{"L", std::move(numbers)}});
}

Json shownItem(const IndexInfo& index, const std::string& entry, const std::optional<Projection>& projection) {
  const ItemView attributes = attributesOf(index, entry);
  if (!projection) return toJson(attributes);
  const std::string& name = index.vector->attribute;
  if (!shows(index, name) || !projection->attributes().contains(name)) return toJson(projection->apply(attributes));
  // Numbers keep the form that the index gives them where the vector is shown whole.
  const Json vector = shownVector(vectorOf(index, entry));
  ItemBuilder with_vector(attributes);
  with_vector.set(name, *Value::fromJson(vector));
  Json out = toJson(projection->apply(with_vector.build()));
  const bool whole = std::any_of(projection->paths().begin(), projection->paths().end(),
                                 [&](const auto& path) { return path.root() == name && !path.nested(); });
  if (whole) out.set(name, vector);
  return out;
}

/// A search whose input is checked.
struct Search : std::enable_shared_from_this<Search> {
  Search(std::shared_ptr<dispatch::AsyncContext> its_context, std::shared_ptr<const TableInfo> its_table,
         const IndexInfo& its_index, lang::expression::Expressions its_expressions, VectorWalk its_walk)
      : context(std::move(its_context)),
        table(std::move(its_table)),
        index(its_index),
        expressions(std::move(its_expressions)),
        walk(std::move(its_walk)) {}

  /// The first turn is on the caller's thread, so that a small search waits for nobody; between turns others get
  /// theirs.
  void goOn(dispatch::PlainResponder respond) {
    if (!walk.turn(expressions.search_condition)) return respond(dispatch::Reply<dispatch::PlainOutput>({answer()}));
    context->environment().executor.post(
        [self = shared_from_this(), respond = std::move(respond)]() mutable { self->goOn(std::move(respond)); });
  }

  Json answer() {
    Json results = Json::array();
    for (const Nearest::Found& found : walk.take()) {
      results.push(
          Json::object({{"Item", shownItem(index, found.row, expressions.projection)}, {"Score", found.score}}));
    }
    Json out = Json::object({{"SearchResults", std::move(results)}});
    if (capacityDetail(context->call().input) != CapacityDetail::None) {
      out.set("ConsumedCapacity", Json::object({{"VectorSearchRequestBytes", walk.bytes()}}));
    }
    return out;
  }

  std::shared_ptr<dispatch::AsyncContext> context;
  std::shared_ptr<const TableInfo> table;
  const IndexInfo& index;  ///< The table's.
  lang::expression::Expressions expressions;
  VectorWalk walk;
};

base::Result<std::shared_ptr<Search>> prepare(std::shared_ptr<dispatch::AsyncContext> asynchronous, Data& data) {
  const Json& input = asynchronous->call().input;
  TRY(checkRules("SearchVectors", input));
  // 1. Without the table.
  TRY(checkMembers(input));
  TRY_ASSIGN(std::string vector, readVector(input["SearchVector"]));
  TRY(lang::expression::checkParameters(input, {"SearchConditionExpression", "ProjectionExpression"}, {}));
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(input));
  const std::optional<Condition>& condition = expressions.search_condition;
  std::vector<SearchEquality> equalities;
  if (condition) {
    TRY_ASSIGN(equalities, searchEqualities(*condition));
  }
  // 2. With it.
  store::Transaction snapshot = asynchronous->environment().store.begin();
  dispatch::Context context(asynchronous->environment(), asynchronous->kernel(), snapshot, asynchronous->call());
  const std::string name = input.stringAt("IndexName");
  TRY_ASSIGN(const auto table, openTable(context, data.tables, input.stringAt("TableName"), [&] {
               return authoriseTable(context, "dynamodb:SearchVectors", input.stringAt("TableName"), name,
                                     conditionsOfSearch());
             }));
  TRY_ASSIGN(const IndexInfo* const index, findVectorIndex(*table, name));
  if (const std::size_t dimensions = vector.size() / kDimensionBytes; dimensions != index->vector->dimensions) {
    return validationException("Input search vector dimension " + std::to_string(dimensions) +
                               " does not match vector index dimension " + std::to_string(index->vector->dimensions));
  }
  TRY(checkSearch(*index->vector, equalities, condition.has_value()));
  // 3. The entries.
  VectorWalk walk(std::move(snapshot), *index, rowsOf(*table, *index, equalities), std::move(vector),
                  static_cast<std::size_t>(input["TopK"].asInt()));
  return std::make_shared<Search>(std::move(asynchronous), table, *index, std::move(expressions), std::move(walk));
}

}  // namespace

void registerSearchVectors(dispatch::Registry& registry, Data& data) {
  dispatch::addPlainAsynchronous<shapes::dynamodb::SearchVectors>(
      registry, [&data](std::shared_ptr<dispatch::AsyncContext> context, dispatch::PlainResponder respond) {
        auto search = prepare(std::move(context), data);
        if (!search.ok()) return respond(std::move(search).error());
        (*search)->goOn(std::move(respond));
      });
}

}  // namespace thimble::services::dynamodb
