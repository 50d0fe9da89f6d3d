#include "services/sqs/messages.h"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/encoding.h"

namespace thimble::services::sqs {
namespace {

std::int64_t orderOf(const Found& queue, const rows::Message& message) {
  return queue.isFifo() ? 0 : message.visible();
}

void appendSized(std::string& out, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  out += text;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void placeMessage(store::Transaction& transaction, const Found& queue, const rows::Message& message) {
  const std::string& id = queue.row.id();
  eraseMessage(transaction, queue, message.sequence());
  rows::Place place;
  place.set_order(orderOf(queue, message));
  kPlaces.put(transaction, place, id, message.sequence());
  kMessages.put(transaction, message, id, place.order(), message.sequence());
}

void eraseMessage(store::Transaction& transaction, const Found& queue, std::int64_t sequence) {
  const auto place = kPlaces.get(transaction, queue.row.id(), sequence);
  if (!place) return;
  kMessages.erase(transaction, queue.row.id(), place->order(), sequence);
  kPlaces.erase(transaction, queue.row.id(), sequence);
}

std::optional<rows::Message> messageAt(store::Transaction& transaction, const Found& queue, std::int64_t sequence) {
  const auto place = kPlaces.get(transaction, queue.row.id(), sequence);
  if (!place) return std::nullopt;
  return kMessages.get(transaction, queue.row.id(), place->order(), sequence);
}

std::int64_t nextSequence(base::Timestamp time) {
  // A message's time in microseconds, the last digits from a counter: ascending within this run, and after a restart
  // too, since that takes longer than a millisecond.
  static std::atomic<std::int64_t> last{0};
  const std::int64_t now = time.milliseconds * 1000;
  std::int64_t before = last.load();
  std::int64_t next = std::max(now, before + 1);
  while (!last.compare_exchange_weak(before, next)) next = std::max(now, before + 1);
  return next;
}

std::string shownSequence(std::int64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return digits.size() >= 20 ? digits : std::string(20 - digits.size(), '0').replace(0, 1, "1") + digits;
}

std::string receiptHandle(const Found& queue, const rows::Message& message) {
  return base::encodeBase64(queue.row.id() + " " + std::to_string(message.sequence()) + " " +
                            std::to_string(message.receipt()) + " " + message.id());
}

std::optional<Receipt> readReceipt(const std::string& handle) {
  const auto text = base::decodeBase64(handle);
  if (!text) return std::nullopt;
  const std::size_t first = text->find(' ');
  const std::size_t second = first == std::string::npos ? first : text->find(' ', first + 1);
  const std::size_t third = second == std::string::npos ? second : text->find(' ', second + 1);
  if (third == std::string::npos) return std::nullopt;
  const std::string_view view = *text;
  const auto sequence = number(view.substr(first + 1, second - first - 1));
  const auto receipt = number(view.substr(second + 1, third - second - 1));
  if (!sequence || !receipt) return std::nullopt;
  return Receipt{text->substr(0, first), *sequence, *receipt};
}

std::string md5Hex(const std::string& text) {
  return base::encodeHex(base::md5(text));
}

std::string md5OfAttributes(const google::protobuf::RepeatedPtrField<rows::Attribute>& attributes) {
  if (attributes.empty()) return "";
  std::vector<const rows::Attribute*> sorted;
  for (const rows::Attribute& each : attributes) sorted.push_back(&each);
  std::sort(sorted.begin(), sorted.end(),
            [](const rows::Attribute* a, const rows::Attribute* b) { return a->name() < b->name(); });
  std::string bytes;
  for (const rows::Attribute* each : sorted) {
    appendSized(bytes, each->name());
    appendSized(bytes, each->type());
    bytes.push_back(each->binary() ? '\2' : '\1');
    appendSized(bytes, each->value());
  }
  return md5Hex(bytes);
}

}  // namespace thimble::services::sqs
