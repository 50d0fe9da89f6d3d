// Renders a compiled template.
#include <cmath>

#include "lang/vtl/methods.h"
#include "lang/vtl/program.h"
#include "lang/vtl/template.h"

namespace thimble::lang::vtl {
namespace {

/// $foreach: where a loop stands.
class Loop : public Object {
 public:
  Value property(Heap&, std::string_view name) override {
    if (name == "index") return static_cast<std::int64_t>(index);
    if (name == "count") return static_cast<std::int64_t>(index + 1);
    if (name == "hasNext") return index + 1 < size;
    if (name == "first") return index == 0;
    if (name == "last") return index + 1 == size;
    if (name == "parent") return parent;
    if (name == "topmost") {
      Loop* loop = this;
      while (loop->parent.kind() == Value::Kind::Object) loop = static_cast<Loop*>(loop->parent.object());
      return static_cast<Object*>(loop);
    }
    return {};
  }
  Value call(Heap& heap, std::string_view name, const std::vector<Value>& arguments) override {
    if (!arguments.empty()) return {};
    if (name == "stop") {
      stopped = true;
      return {};
    }
    if (name == "hasNext" || name == "isHasNext") return property(heap, "hasNext");
    if (name == "isFirst" || name == "isLast") return property(heap, name == "isFirst" ? "first" : "last");
    if (name == "getIndex" || name == "getCount") return property(heap, name == "getIndex" ? "index" : "count");
    return {};
  }

  std::size_t index = 0;
  std::size_t size = 0;
  bool stopped = false;
  Value parent;  ///< The loop around this one, or null.
};

enum class Flow { Next, Break, Stop };

class Evaluator {
 public:
  Evaluator(const Program& program, const Limits& limits, Heap& heap, std::vector<Value>& slots)
      : program_(program), limits_(limits), heap_(heap), slots_(slots) {
    heap_.render_block = [this](const Block& block) { return renderApart(block.body); };
  }
  ~Evaluator() { heap_.render_block = nullptr; }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  std::string run() {
    std::string out;
    out_ = &out;
    render(program_.body);
    return out;
  }

 private:
  Flow render(const Statements& body) {
    for (const Statement& statement : body) {
      const Flow flow = render(statement);
      if (flow != Flow::Next) return flow;
    }
    return Flow::Next;
  }

  /// Into a text of its own: a string's template, a #define block.
  std::string renderApart(const Statements& body) {
    std::string text;
    if (++depth_ > limits_.max_depth) {
      heap_.fail("The template is nested too deeply");
    } else {
      std::string* const before = std::exchange(out_, &text);
      render(body);
      out_ = before;
    }
    --depth_;
    return text;
  }

  bool step() {
    if (++steps_ > limits_.max_steps) heap_.fail("The template takes too many steps");
    return !heap_.failed();
  }

  /// Work on long texts and lists counts as steps of its own.
  void charge(std::size_t work) { steps_ += work / 1024; }

  void write(std::string_view text) {
    charge(text.size());
    if (out_->size() + text.size() > limits_.max_output_bytes) return heap_.fail("The rendered text is too large");
    out_->append(text);
  }

  Flow render(const Statement& statement) {
    if (!step()) return Flow::Stop;
    switch (statement.kind) {
      case Statement::Kind::Text:
        write(statement.text);
        break;
      case Statement::Kind::Reference:
        renderReference(statement);
        break;
      case Statement::Kind::Set:
        assign(statement.reference, evaluate(statement.expressions[0]));
        break;
      case Statement::Kind::If:
        return renderIf(statement);
      case Statement::Kind::Foreach:
        return renderForeach(statement);
      case Statement::Kind::Define:
        slots_[statement.slot] = Value(statement.block.get());
        break;
      case Statement::Kind::MacroCall:
        return renderMacro(statement);
      case Statement::Kind::Break:
        return Flow::Break;
      case Statement::Kind::Stop:
        return Flow::Stop;
    }
    return heap_.failed() ? Flow::Stop : Flow::Next;
  }

  void renderReference(const Statement& statement) {
    const Value value = evaluate(statement.reference);
    if (statement.backslashes == 0) return write(value.isString() ? value.asString() : heap_.print(value));
    // Backslashes escape a reference that has a value, and are text before one that has none.
    if (value.isNull()) {
      write(std::string(statement.backslashes, '\\') + statement.reference.source);
      return;
    }
    write(std::string(statement.backslashes / 2, '\\'));
    write(statement.backslashes % 2 == 1 ? statement.reference.source : heap_.print(value));
  }

  Flow renderIf(const Statement& statement) {
    for (std::size_t i = 0; i < statement.bodies.size(); ++i) {
      const bool chosen = i >= statement.expressions.size() || evaluate(statement.expressions[i]).truth();
      if (heap_.failed()) return Flow::Stop;
      if (chosen) return render(statement.bodies[i]);
    }
    return Flow::Next;
  }

  Flow renderForeach(const Statement& statement) {
    const std::vector<Value> elements = elementsOf(evaluate(statement.expressions[0]));
    if (elements.empty()) return Flow::Next;
    charge(elements.size() * 64);
    // A loop object outlives its loop: a template may keep $foreach in a variable.
    auto owned = std::make_unique<Loop>();
    Loop& loop = *owned;
    if (!heap_.grow(1)) return Flow::Stop;
    Object* const object = heap_.keep(std::move(owned));
    const std::size_t slots[] = {statement.slot, program_.foreach_slot, program_.count_slot, program_.has_next_slot};
    Value saved[4];
    for (std::size_t i = 0; i < 4; ++i) saved[i] = slots_[slots[i]];
    loop.parent = saved[1];
    if (loop.parent.kind() != Value::Kind::Object || !dynamic_cast<Loop*>(loop.parent.object())) loop.parent = Value();
    loop.size = elements.size();
    Flow flow = Flow::Next;
    for (std::size_t i = 0; i < elements.size() && i < limits_.max_iterations; ++i) {
      loop.index = i;
      slots_[program_.foreach_slot] = Value(object);
      slots_[program_.count_slot] = Value(static_cast<std::int64_t>(i + 1));
      slots_[program_.has_next_slot] = Value(i + 1 < elements.size());
      slots_[statement.slot] = elements[i];
      flow = render(statement.bodies[0]);
      if (flow != Flow::Next || loop.stopped) break;
    }
    for (std::size_t i = 0; i < 4; ++i) slots_[slots[i]] = saved[i];
    return flow == Flow::Stop ? Flow::Stop : Flow::Next;
  }

  Flow renderMacro(const Statement& statement) {
    const auto found = program_.macros.find(statement.text);
    if (found == program_.macros.end()) {
      write(statement.source);
      return Flow::Next;
    }
    const Macro& macro = found->second;
    if (++macro_depth_ > 20) {
      heap_.fail("The macro #" + statement.text + " calls itself too deeply");
      return Flow::Stop;
    }
    std::vector<Value> arguments;
    for (const Expression& each : statement.expressions) arguments.push_back(evaluate(each));
    std::vector<Value> saved;
    for (std::size_t i = 0; i < macro.parameters.size(); ++i) {
      saved.push_back(slots_[macro.parameters[i]]);
      slots_[macro.parameters[i]] = i < arguments.size() ? arguments[i] : Value();
    }
    const Flow flow = render(macro.body);
    for (std::size_t i = 0; i < saved.size(); ++i) slots_[macro.parameters[i]] = saved[i];
    --macro_depth_;
    return flow == Flow::Stop ? Flow::Stop : Flow::Next;
  }

  std::vector<Value> evaluateAll(const Expressions& expressions) {
    std::vector<Value> values;
    values.reserve(expressions.size());
    for (const Expression& each : expressions) values.push_back(evaluate(each));
    return values;
  }

  Value evaluate(const Reference& reference) { return follow(reference, reference.path.size()); }

  /// The value of the reference's variable and its first `steps` steps.
  Value follow(const Reference& reference, std::size_t steps) {
    Value value = slots_[reference.slot];
    for (std::size_t i = 0; i < steps; ++i) {
      if (!step() || value.isNull()) return {};
      const Access& access = reference.path[i];
      switch (access.kind) {
        case Access::Kind::Property:
          value = getProperty(heap_, value, access.name);
          break;
        case Access::Kind::Method:
          value = callMethod(heap_, value, access.name, evaluateAll(access.arguments));
          break;
        case Access::Kind::Index:
          value = getIndex(heap_, value, evaluate(access.arguments[0]));
          break;
      }
      if (value.isString()) charge(value.asString().size());
    }
    if (value.isString()) charge(value.asString().size());
    return heap_.failed() ? Value() : value;
  }

  /// #set. A null leaves the target as it was.
  void assign(const Reference& target, Value value) {
    if (value.isNull() || heap_.failed()) return;
    if (target.path.empty()) {
      slots_[target.slot] = std::move(value);
      return;
    }
    const Value owner = follow(target, target.path.size() - 1);
    const Access& last = target.path.back();
    if (last.kind == Access::Kind::Method) return;
    const Value key = last.kind == Access::Kind::Property ? Value(last.name) : evaluate(last.arguments[0]);
    if (owner.kind() == Value::Kind::Map) {
      if (heap_.grow(1)) owner.map()->put(heap_.print(key), std::move(value));
    } else if (owner.kind() == Value::Kind::List && last.kind == Access::Kind::Index) {
      callMethod(heap_, owner, "set", {key, std::move(value)});
    }
  }

  Value evaluate(const Expression& expression) {
    if (!step()) return {};
    if (++depth_ > limits_.max_depth * 4) heap_.fail("The template is nested too deeply");
    Value value = heap_.failed() ? Value() : compute(expression);
    --depth_;
    return value;
  }

  Value compute(const Expression& expression) {
    using Kind = Expression::Kind;
    const Expressions& operands = expression.operands;
    switch (expression.kind) {
      case Kind::Literal:
        return expression.literal;
      case Kind::Interpolated:
        return renderApart(expression.body);
      case Kind::Reference:
        return evaluate(expression.reference);
      case Kind::ListLiteral: {
        List* list = heap_.newList();
        if (heap_.grow(operands.size())) list->items = evaluateAll(operands);
        return list;
      }
      case Kind::MapLiteral: {
        Map* map = heap_.newMap();
        for (std::size_t i = 0; i + 1 < operands.size(); i += 2) {
          const Value key = evaluate(operands[i]);
          Value value = evaluate(operands[i + 1]);
          if (heap_.grow(1)) map->put(heap_.print(key), std::move(value));
        }
        return map;
      }
      case Kind::Range:
        return range(evaluate(operands[0]), evaluate(operands[1]));
      case Kind::Not:
        return !evaluate(operands[0]).truth();
      case Kind::And:
        return evaluate(operands[0]).truth() && evaluate(operands[1]).truth();
      case Kind::Or:
        return evaluate(operands[0]).truth() || evaluate(operands[1]).truth();
      default:
        break;
    }
    const Value left = evaluate(operands[0]);
    const Value right = evaluate(operands[1]);
    switch (expression.kind) {
      case Kind::Equal:
        return left.isNull() || right.isNull() ? left.isNull() && right.isNull() : equalValues(heap_, left, right);
      // With a null on either side neither is true: Velocity calls it an error and goes on with false.
      case Kind::NotEqual:
        return !left.isNull() && !right.isNull() && !equalValues(heap_, left, right);
      case Kind::Less:
      case Kind::LessOrEqual:
      case Kind::Greater:
      case Kind::GreaterOrEqual:
        return compare(expression.kind, left, right);
      default:
        return calculate(expression.kind, left, right);
    }
  }

  Value range(const Value& first, const Value& last) {
    if (first.kind() != Value::Kind::Int || last.kind() != Value::Kind::Int) return {};
    const std::int64_t from = first.asInt();
    const std::int64_t to = last.asInt();
    const std::uint64_t distance = from < to ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                                             : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
    List* list = heap_.newList();
    if (distance > 1'000'000 || !heap_.grow(distance + 1)) {
      heap_.fail("A range is too long");
      return {};
    }
    list->items.reserve(distance + 1);
    for (std::uint64_t i = 0; i <= distance; ++i) {
      list->items.emplace_back(from < to ? from + static_cast<std::int64_t>(i) : from - static_cast<std::int64_t>(i));
    }
    return list;
  }

  static Value compare(Expression::Kind kind, const Value& left, const Value& right) {
    if (!left.isNumber() || !right.isNumber()) return false;
    int order = 0;
    if (left.kind() == Value::Kind::Int && right.kind() == Value::Kind::Int) {
      order = left.asInt() < right.asInt() ? -1 : left.asInt() > right.asInt() ? 1 : 0;
    } else {
      order = left.asDouble() < right.asDouble() ? -1 : left.asDouble() > right.asDouble() ? 1 : 0;
    }
    switch (kind) {
      case Expression::Kind::Less:
        return order < 0;
      case Expression::Kind::LessOrEqual:
        return order <= 0;
      case Expression::Kind::Greater:
        return order > 0;
      default:
        return order >= 0;
    }
  }

  /// What cannot be calculated (a null, a division by zero, a text where a number belongs) is null.
  Value calculate(Expression::Kind kind, const Value& left, const Value& right) {
    using Kind = Expression::Kind;
    if (kind == Kind::Add && (left.isString() || right.isString())) {
      std::string text = heap_.print(left) + heap_.print(right);
      if (text.size() > limits_.max_output_bytes) heap_.fail("A string is too long");
      return text;
    }
    if (!left.isNumber() || !right.isNumber()) return {};
    if (left.kind() == Value::Kind::Int && right.kind() == Value::Kind::Int) {
      const std::int64_t a = left.asInt();
      const std::int64_t b = right.asInt();
      std::int64_t result = 0;
      switch (kind) {
        case Kind::Add:
          if (!__builtin_add_overflow(a, b, &result)) return result;
          break;
        case Kind::Subtract:
          if (!__builtin_sub_overflow(a, b, &result)) return result;
          break;
        case Kind::Multiply:
          if (!__builtin_mul_overflow(a, b, &result)) return result;
          break;
        case Kind::Divide:
          if (b == 0) return {};
          if (b != -1) return a / b;
          if (!__builtin_sub_overflow(std::int64_t{0}, a, &result)) return result;
          break;
        default:
          return b == 0 ? Value() : b == -1 ? Value(std::int64_t{0}) : Value(a % b);
      }
    }
    const double a = left.asDouble();
    const double b = right.asDouble();
    switch (kind) {
      case Kind::Add:
        return a + b;
      case Kind::Subtract:
        return a - b;
      case Kind::Multiply:
        return a * b;
      case Kind::Divide:
        return b == 0 ? Value() : Value(a / b);
      default:
        return b == 0 ? Value() : Value(std::fmod(a, b));
    }
  }

  const Program& program_;
  const Limits& limits_;
  Heap& heap_;
  std::vector<Value>& slots_;
  std::string* out_ = nullptr;
  std::size_t steps_ = 0;
  int depth_ = 0;
  int macro_depth_ = 0;
};

}  // namespace

Rendering::Rendering(const Template& compiled, const Limits& limits)
    : template_(compiled), limits_(limits), slots_(compiled.program().slots.size()) {}

void Rendering::set(std::string_view name, Value value) {
  const auto& slots = template_.program().slots;
  const auto found = slots.find(name);
  if (found != slots.end()) slots_[found->second] = std::move(value);
}

base::Result<std::string, TemplateError> Rendering::run() {
  std::string text;
  {
    Evaluator evaluator(template_.program(), limits_, heap_, slots_);
    text = evaluator.run();
  }
  if (heap_.failed()) return TemplateError{heap_.error(), 0, 0};
  return text;
}

}  // namespace thimble::lang::vtl
