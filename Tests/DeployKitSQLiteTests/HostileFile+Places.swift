// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Foundation
import Testing

extension HostileFile {
    static let pages: [Self] = [
        .sql(
            "pages of 512 bytes",
            .identical,
            "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM"
        ),
        .sql(
            "pages of 64 KiB",
            .identical,
            "PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; VACUUM"
        ),
        .sql("pages with a map", .identical, "PRAGMA auto_vacuum = 1; VACUUM"),
        .bytes("a page size that is none", .refused(.notAStore), at: 16, [0, 3]),
        .bytes("pages of another size", .refused(.damaged), at: 16, [4, 0]),
        .bytes("a newer format to write", .identical, writing: .refused(.readOnly), at: 18, [3]),
        .bytes("a newer format to read", .refused(.notAStore), at: 19, [3]),
        .bytes("pages that are mostly margin", .refused(.damaged), at: 20, [255]),
        .bytes("another payload fraction", .refused(.notAStore), at: 21, [65]),
        .bytes("more pages than there are", .refused(.damaged), at: 28, [0, 0, 255, 255]),
        .bytes("a free list in the records", .told, at: 32, [0, 0, 0, 4, 0, 0, 0, 9]),
        .bytes("a free list past the end", .told, at: 32, [0, 255, 255, 255, 0, 0, 0, 9]),
        .bytes("a schema format of the future", .refused(.unavailable), at: 44, [0, 0, 0, 9]),
        .bytes("another encoding that is none", .identical, at: 56, [0, 0, 0, 9]),
        .bytes("another magic", .refused(.notAStore), at: 0, [1]),
        .bytes("a first page that is no tree", .refused(.damaged), at: 100, [0]),
        .bytes("a first page of another kind", .refused(.damaged), at: 100, [10]),
        .bytes("a first page without cells", .refused(.notAStore), at: 103, [0, 0]),
        .bytes("a first page of 65535 cells", .refused(.damaged), at: 103, [255, 255]),
        .instead("an empty file", .refused(.notAStore)) { path in try write([], to: path) },
        .instead("100 bytes of a header", .refused(.notAStore)) { path in
            try write(Array("SQLite format 3\u{0}".utf8) + Array(repeating: 0, count: 84), to: path)
        },
        .instead("noise", .refused(.notAStore)) { path in
            var random = SplitMix64(seed: 1)
            try write(random.bytes(40_960), to: path)
        },
    ]

    static let companions: [Self] = [
        .sql(
            "a write-ahead log that is gone",
            .refused(.unavailable),
            writing: .identical,
            "PRAGMA journal_mode = WAL"
        ),
        .beside("-wal", "noise as a write-ahead log", .identical) { path in
            var random = SplitMix64(seed: 2)
            try write(random.bytes(9000), to: path)
        },
        .beside(
            "-journal",
            "noise as a journal",
            .refused(.readOnly),
            writing: .identical
        ) { path in
            var random = SplitMix64(seed: 3)
            try write(random.bytes(9000), to: path)
        },
        .beside("-journal", "a pipe as a journal", .refused(.notAStore)) { path in
            try #require(mkfifo(path, 0o600) == 0)
        },
        .beside("-wal", "a pipe as a write-ahead log", .refused(.notAStore)) { path in
            try #require(mkfifo(path, 0o600) == 0)
        },
        .beside("-journal", "a folder as a journal", .refused(.notAStore)) { path in
            try #require(mkdir(path, 0o700) == 0)
        },
        .beside("-journal", "a link as a journal", .refused(.notAStore)) { path in
            try write([1], to: path + "-target")
            try #require(symlink(path + "-target", path) == 0)
        },
        .beside("-wal", "a link as a write-ahead log", .refused(.notAStore)) { path in
            try #require(symlink("/etc/passwd", path) == 0)
        },
    ]

    static let places: [Self] = [
        .instead("a folder", .refused(.notAStore)) { path in try #require(mkdir(path, 0o700) == 0)
        },
        .instead("a pipe", .refused(.notAStore)) { path in try #require(mkfifo(path, 0o600) == 0) },
        .instead("a link to nothing", .refused(.notAStore)) { path in
            try #require(symlink(path + "-none", path) == 0)
        },
        .instead("a link to a device", .refused(.notAStore)) { path in
            try #require(symlink("/dev/zero", path) == 0)
        },
        Self("a link to a store", .refused(.notAStore)) { path in
            try #require(rename(path, path + "-real") == 0)
            try #require(symlink(path + "-real", path) == 0)
        },
        .instead("nothing", .refused(.unavailable)) { _ in },
    ]

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }
}
