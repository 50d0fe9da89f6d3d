// What the start needed and the running server does not.
#pragma once

namespace thimble::app {

/// Lets go of the program's code and constants, which the kernel maps in wide pieces around all that the start ran
/// once. What is needed again comes back, from the page cache, with its first use. Safe while other threads run.
void releaseStartupPages();

}  // namespace thimble::app
