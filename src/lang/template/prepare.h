// A template made ready: what an operation on a stack starts from.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"
#include "lang/template/evaluate.h"
#include "lang/template/parameters.h"

namespace thimble::lang::template_ {

/// Rewrites a whole template (AWS::Serverless-2016-10-31): the document without loops and the parameters' values in,
/// the document without that transform out.
using Transform = std::function<Outcome<base::Json>(const base::Json& document, const Scope& scope)>;

/// The transforms that are there, by name. AWS::LanguageExtensions is always there.
using Transforms = std::map<std::string, Transform>;

struct Prepared {
  base::Json original;                  ///< As written.
  base::Json document;                  ///< After transforms.
  std::vector<std::string> transforms;  ///< Names that were applied.
  Scope scope;                          ///< With parameters and conditions.
  std::vector<std::string> order;       ///< Resources that exist under the conditions, each after what it needs.
  std::map<std::string, std::set<std::string>> needs;  ///< Among those.

  const base::Json& resource(const std::string& logical_id) const { return document["Resources"][logical_id]; }
};

/// Reads, validates, transforms, checks parameters, rules and conditions, and orders a template's resources.
Outcome<Prepared> prepare(const base::Json& document, const std::vector<GivenParameter>& given,
                          const std::vector<ParameterValue>& previous, const Pseudo& pseudo,
                          const Transforms& transforms);

/// Fills conditions, order and needs of what has its document, mappings, parameters and pseudo parameters.
Outcome<void> arrange(Prepared& prepared);

/// The types of the document's resources, ascending.
std::vector<std::string> resourceTypes(const base::Json& document);

}  // namespace thimble::lang::template_
