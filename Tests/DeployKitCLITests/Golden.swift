// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Files of what the command prints. `UPDATE_GOLDEN=1` writes them anew, and still fails, so that
/// nobody believes a run that compared nothing.
enum Golden {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")

    /// Compares a text with the file of this name.
    static func expect(_ text: String, _ name: String) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
            Issue.record(
                "Golden/\(name) is written anew; look at it, and run without UPDATE_GOLDEN"
            )
            return
        }
        guard let data = try? Data(contentsOf: file) else {
            Issue.record(
                "there is no Golden/\(name): UPDATE_GOLDEN=1 swift test --filter GoldenTests makes it"
            )
            return
        }
        let golden = String(decoding: data, as: UTF8.self)
        guard golden != text else { return }
        let pairs = zip(
            golden.split(separator: "\n", omittingEmptySubsequences: false),
            text.split(separator: "\n", omittingEmptySubsequences: false)
        )
        let line = pairs.enumerated().first { $0.element.0 != $0.element.1 }
        Issue.record(
            """
            Golden/\(name) differs from line \((line?.offset ?? 0) + 1) on
              golden: \(line?.element.0 ?? "ends")
              now:    \(line?.element.1 ?? "ends")
              UPDATE_GOLDEN=1 swift test --filter GoldenTests writes it anew
            """
        )
    }

    /// The names of the files in a folder.
    static func names(in name: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path))
    }
}
