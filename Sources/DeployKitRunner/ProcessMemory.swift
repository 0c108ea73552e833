// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims

/// The memory of a process that lives for moments.
package enum ProcessMemory {
    /// Keeps what is freed for what is asked for next.
    ///
    /// Memory that is given back is asked for again, page by page, and the arena of a second thread
    /// grows by one page at a time: together a tenth of the time of a long `check`. Call it before
    /// there is a second thread. A service that stays has no use for it.
    package static func keep() { dk_keep_memory() }
}
