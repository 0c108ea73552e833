// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims

/// Which edition of the command this is.
enum Version {
    /// The edition that this source belongs to, for builds that are told of no tag.
    private static let source = "0.1.0"

    /// When the words of the help last changed their meaning, as the pages of the manual show it.
    static let date = "November 21, 2026"

    /// The version: that of the tag, where the build was told of one (`make install` does), else that
    /// of the source.
    static let number: String = {
        guard let text = dk_version() else { return source }
        let version = String(cString: text)
        return version.isEmpty ? source : version
    }()
}
