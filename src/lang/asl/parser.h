// Reads a definition into its compiled form, and collects what is wrong with it in AWS's words.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lang/asl/definition.h"

namespace thimble::lang::asl {

/// The fields of one object in the definition that is being read, with the errors that it leads to.
class FieldReader;

class DefinitionReader {
 public:
  DefinitionReader(MachineType type, bool single_state) : type_(type), single_state_(single_state) {}

  /// Reads a whole machine; `location` is "" for the outermost one. Returns the position of its first state, or -1.
  int machine(const base::Json& source, const std::string& location, bool jsonata, int depth);
  /// Reads one state into `definition.states[position]`.
  void state(const base::Json& source, int position, const std::map<std::string, int>& siblings, bool jsonata,
             int depth);
  void error(std::string code, std::string message, std::optional<std::string> location);
  /// SCHEMA_VALIDATION_FAILED.
  void schemaError(std::string message, const std::string& location);

  Definition definition;
  std::vector<Diagnostic> diagnostics;

  /// The position of the state that `name` at `location` refers to. Missing ones are reported after all schema errors.
  int target(const base::Json& name, const std::string& location, const std::map<std::string, int>& siblings);
  MachineType type() const { return type_; }

 private:
  struct Machine {
    std::map<std::string, int> states;
    std::string location;
    int start = -1;
  };
  friend ParseOutcome parseDefinition(std::string_view text, MachineType type);
  void checkGraph();
  void refuseJsonata(const base::Json& source, const State& state);

  MachineType type_;
  bool single_state_;
  std::vector<Machine> machines_;
  std::vector<Diagnostic> missing_targets_;
  std::set<std::string> names_;
};

/// Reads the parts that are particular to a type; in parser_states.cpp.
void readTask(DefinitionReader& reader, const base::Json& source, State& state);
void readChoice(DefinitionReader& reader, const base::Json& source, State& state,
                const std::map<std::string, int>& siblings);
void readWait(DefinitionReader& reader, const base::Json& source, State& state);
void readFail(DefinitionReader& reader, const base::Json& source, State& state);

/// Shared readers of fields; in parser_fields.cpp. Each reports what is wrong and leaves its default.
PathField readPath(DefinitionReader& reader, const base::Json& source, const char* name, const std::string& location,
                   bool reference);
NumberField readNumber(DefinitionReader& reader, const base::Json& source, const std::string& name,
                       const std::string& location, double least, double most, bool integer);
TextField readText(DefinitionReader& reader, const base::Json& source, const std::string& name,
                   const std::string& location, bool allow_intrinsics);
PayloadTemplatePtr readTemplate(DefinitionReader& reader, const base::Json& source, const char* name,
                                const std::string& location);
std::vector<Retrier> readRetriers(DefinitionReader& reader, const base::Json& source, const std::string& location);
std::vector<Catcher> readCatchers(DefinitionReader& reader, const base::Json& source, const std::string& location,
                                  const std::map<std::string, int>& siblings);

}  // namespace thimble::lang::asl
