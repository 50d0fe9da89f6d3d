// thimble debug dump: all rows as text, for a look at what is stored. The server must not be running on the folder.
#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "app/commands/commands.h"
#include "app/data_folder.h"
#include "store/store.h"

namespace thimble::app {
namespace {

constexpr std::size_t kRowsAtATime = 1000;

/// A key's texts apart by " | "; bytes that are no text as \xNN.
std::string readableKey(const std::string& key) {
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '\0' && i + 1 < key.size() && key[i + 1] == '\1') {
      out += " | ";
      ++i;
    } else if (key[i] >= 0x20 && key[i] < 0x7f) {
      out.push_back(key[i]);
    } else {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned char>(key[i]));
      out += buffer;
    }
  }
  return out;
}

/// Records are Protocol Buffers; shown by field number, so that rows of any version can be read.
std::string readableValue(const std::string& value) {
  google::protobuf::UnknownFieldSet fields;
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  if (!value.empty() && fields.ParseFromString(value) && printer.PrintUnknownFieldsToString(fields, &text)) return text;
  return "(" + std::to_string(value.size()) + " bytes)";
}

int dump(const std::string& data, const std::string& table) {
  platform::RealFileSystem files;
  const DataFolder folder(files, data.empty() ? defaultDataFolder() : data);
  store::Store store(store::openRocksEngine(folder.rows()));
  store::Transaction transaction = store.begin();
  store::Range range;
  if (!table.empty()) range = {table, store::prefixEnd(table)};
  for (;;) {
    const auto rows = transaction.scan(range, {.limit = kRowsAtATime});
    for (const store::Row& row : rows) std::cout << readableKey(row.key) << " = " << readableValue(row.value) << "\n";
    if (rows.size() < kRowsAtATime) return 0;
    range.begin = rows.back().key + std::string(1, '\0');
  }
}

}  // namespace

void addDebug(CLI::App& app, Run& run) {
  struct Options {
    std::string data;
    std::string table;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("debug", "Look inside");
  command->require_subcommand(1);
  CLI::App* dump_command = command->add_subcommand("dump", "Print all rows of the store as text");
  dump_command->add_option("--data", options->data, "The data folder (default: ~/.thimble)");
  dump_command->add_option("--table", options->table, "Only tables whose names begin so, for example states.");
  dump_command->callback([options, &run] { run = [options] { return dump(options->data, options->table); }; });
}

}  // namespace thimble::app
