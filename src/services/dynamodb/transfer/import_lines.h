// Lines of the files that ImportTable reads, as items.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/value.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

class ImportLines {
 public:
  /// `description`: an ImportTableDescription.
  ImportLines(const base::Json& description, const TableInfo& table);

  /// The next line is the first of a file.
  void beginFile() { header_is_next_ = format_ == Format::Csv && given_header_.empty(); }

  /// Whether the line, which is not blank, says how items look rather than being one; it is kept then.
  bool takeHeader(std::string_view line);

  /// The items of a line, and what is wrong with those that may not be put into the table.
  std::vector<base::Result<lang::expression::Item>> read(std::string_view line) const;

 private:
  enum class Format { Json, Ion, Csv };

  /// An item of attributes in the model's form.
  base::Result<lang::expression::Item> itemOf(const base::Json& attributes) const;
  /// Attributes in the model's form, of a line that is not Ion.
  base::Result<base::Json> attributesOf(std::string_view line) const;

  const TableInfo& table_;
  Format format_ = Format::Json;
  char delimiter_ = ',';
  std::map<std::string, std::string> key_types_;  ///< Of the keys of table and indexes; all else is text.
  std::vector<std::string> given_header_;
  std::vector<std::string> header_;
  bool header_is_next_ = false;
};

/// What is wrong with lines of files for imports and bulk operations, in AWS's words: they are no JSON or Ion, or have
/// no item.
base::ApiError unreadableLine();
base::ApiError notAnItem();
/// Attributes as they stand in a file of JSON, in the model's form.
base::Result<base::Json> attributesOfLine(const base::Json& attributes);

/// The values of a line of a CSV file (RFC 4180); nothing when its quotes are wrong.
std::optional<std::vector<std::string>> splitCsv(std::string_view line, char delimiter);

}  // namespace thimble::services::dynamodb
