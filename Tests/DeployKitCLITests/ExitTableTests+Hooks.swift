// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import deploykit_cli

extension ExitTableTests {
    static let hooks: [Row] = ["hook trust", "hook list"].flatMap { verb in
        [
            Row(verb, .done),
            Row(verb, .invalidData) { bench in
                try #require(unlink("\(bench.path)/deploykit.json") == 0)
            },
        ]
    }
}
