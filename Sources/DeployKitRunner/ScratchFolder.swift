// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A folder that only its owner may look into, with a few files for a stock program; it goes with
/// the last reference.
final class ScratchFolder: Sendable {
    let path: String
    private let names: [String]

    init(_ files: [String: [UInt8]]) throws(KeepingError) {
        let pattern = "/tmp/deploykit-scratch.XXXXXX"
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else { throw KeptFile.failure("make", pattern, errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        names = Array(files.keys)
        for (name, bytes) in files {
            try KeptFile.write(bytes, to: "\(path)/\(name)", isReplacing: false)
        }
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
