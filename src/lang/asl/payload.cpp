#include "lang/asl/payload.h"

namespace thimble::lang::asl {

using base::Json;
using base::Result;

PayloadTemplatePtr PayloadTemplate::parse(const Json& source, std::string& bad_field) {
  auto out = std::make_shared<PayloadTemplate>();
  out->value_ = source;
  if (source.isArray()) {
    out->is_array_ = true;
    for (const Json& item : source.asArray()) {
      Member member;
      member.inner = parse(item, bad_field);
      if (!member.inner) return nullptr;
      out->constant_ = out->constant_ && member.inner->constant_;
      out->members_.push_back(std::move(member));
    }
  } else if (source.isObject()) {
    for (const auto& [name, value] : source.asObject()) {
      Member member{.name = name, .field = name, .expression = nullptr, .inner = nullptr};
      if (name.size() >= 2 && name.compare(name.size() - 2, 2, ".$") == 0) {
        member.name.resize(name.size() - 2);
        member.expression = value.isString() ? Expression::parse(value.asString()) : nullptr;
        if (!member.expression) {
          bad_field = name;
          return nullptr;
        }
        out->constant_ = false;
      } else {
        member.inner = parse(value, bad_field);
        if (!member.inner) return nullptr;
        out->constant_ = out->constant_ && member.inner->constant_;
      }
      out->members_.push_back(std::move(member));
    }
  }
  if (out->constant_) out->members_.clear();
  return out;
}

Result<Json, WorkflowError> PayloadTemplate::evaluate(const Json& input, Environment& environment) const {
  if (constant_) return value_;
  Json out = is_array_ ? Json::array() : Json::object();
  for (const Member& member : members_) {
    auto value = member.expression ? member.expression->evaluate(input, environment, member.field)
                                   : member.inner->evaluate(input, environment);
    if (!value.ok()) return std::move(value).error();
    if (is_array_) {
      out.push(std::move(value).value());
    } else {
      out.set(member.name, std::move(value).value());
    }
  }
  return out;
}

}  // namespace thimble::lang::asl
