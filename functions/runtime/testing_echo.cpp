// A function that answers its event, for the test of packages.
#include "functions/runtime/function.h"

int main() {
  return thimble::function::run(
      [](const thimble::base::Json& event, const thimble::function::Context&) { return event; });
}
