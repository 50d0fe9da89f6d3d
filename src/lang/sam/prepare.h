// What is done to the template before its resources are expanded, in this order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/sam/fault.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// Fills in the intrinsic functions in applications' locations and checks those. The faults are for the resources'
/// expansion, by their name.
std::map<std::string, Fault> resolveApplicationLocations(const Value& document, const Value& parameters);
/// An empty definition for every API that has none; AWS writes it from the APIs' events.
void addDefaultDefinitions(const Value& document);
/// Makes ServerlessRestApi and ServerlessHttpApi for events that name no API, and adds all events' paths to their APIs.
void addImplicitApis(const Value& document);
/// Merges the Globals section into the resources and removes it.
void mergeGlobals(const Value& document);
/// Turns resources' Connectors attributes into connectors of their own. Faults are collected in `faults`.
void liftEmbeddedConnectors(const Value& document, std::vector<Fault>& faults);

/// Resources of these serverless types. Fails where a Condition is no string.
std::vector<Value::Member> serverlessResources(const Value& document, const std::vector<std::string>& types = {});

}  // namespace thimble::lang::sam
