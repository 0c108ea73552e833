// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Testing

/// Trees whose branches all lead to the same pages: few bytes that take for ever to walk through.
extension HostileFile {
    static let endless: [Self] = [
        Self("a table without end", .told) { path in
            let page = try #require(
                try RawDatabase(path)
                    .column("SELECT rootpage FROM sqlite_schema WHERE name = 'batch'").first
                    .flatMap { Int($0) }
            )
            var file = try Pages(path)
            let leaf = file.append(file[page])
            file[page] = file.appendLevels(above: leaf)
            try file.write(to: path)
        },
        index("the index that lists streams", "ix_stream_root"),
        index("the index of blobs", "sqlite_autoindex_blob_1"),
        index("the index of a stream's last record", "sqlite_autoindex_ix_stream_2"),
        // Entries of indexes that SQLite made itself are the only ones it reads twice without
        // complaint.
        Self("a schema without end", .refused(.damaged)) { path in
            var file = try Pages(path)
            let top = Array(file[1][..<100])
            // The first page begins with the header of the file: its tree moves to the front.
            var moved = file[1]
            moved.replaceSubrange(0..<100, with: moved[100..<200])
            let real = file.append(moved)
            let root = try #require(
                try RawDatabase(path).column(
                    "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_blob_1'"
                ).first.flatMap { UInt8($0) }
            )
            let names = ["index", "sqlite_autoindex_blob_1", "blob"]
            let types = names.map { UInt8(13 + 2 * $0.utf8.count) } + [1, 0]
            let record =
                [UInt8(types.count + 1)] + types + names.joined().utf8 + [root]
            let cell = [UInt8(record.count), 100] + record
            var leaf = [UInt8](repeating: 0, count: Pages.size)
            let start = Pages.size - cell.count
            leaf[0] = 13
            leaf[4] = 1
            leaf.set(5, start)
            leaf.set(8, start)
            leaf.replaceSubrange(start..., with: cell)
            let endless = file.append(file.appendLevels(above: file.append(leaf)))
            let tree = Pages.interior([real, endless, endless], offset: 100)
            file[1] = top + tree[100...]
            try file.write(to: path)
        },
    ]

    /// An index whose entries come again and again, in an order that is none.
    private static func index(_ name: String, _ index: String) -> Self {
        Self("\(name) without end", .told) { path in
            let root = try #require(
                try RawDatabase(path)
                    .column("SELECT rootpage FROM sqlite_schema WHERE name = '\(index)'").first
                    .flatMap { Int($0) }
            )
            var file = try Pages(path)
            let page = file[root]
            // A leaf of an index: what is in its first cell divides the branches above it.
            try #require(page[0] == 10)
            let start = Int(page[8]) << 8 | Int(page[9])
            let key = Array(page[start...start + Int(page[start])])
            file[root] = file.appendLevels(above: file.append(page), key: key)
            try file.write(to: path)
        }
    }
}

/// A database file, page by page; pages count from 1.
private struct Pages {
    static let size = Damage.pageSize
    private var bytes: [UInt8]

    init(_ path: String) throws { bytes = try Array(Data(contentsOf: URL(filePath: path))) }

    subscript(page: Int) -> [UInt8] {
        get { Array(bytes[(page - 1) * Self.size..<page * Self.size]) }
        set { bytes.replaceSubrange((page - 1) * Self.size..<page * Self.size, with: newValue) }
    }

    /// - Returns: The number of the new page.
    mutating func append(_ page: [UInt8]) -> Int {
        bytes += page
        return bytes.count / Self.size
    }

    /// Twelve levels of pages whose four branches all lead to the next: 16 million ways down.
    ///
    /// - Returns: The uppermost page, which is not in the file yet.
    mutating func appendLevels(above page: Int, key: [UInt8]? = nil) -> [UInt8] {
        var below = page
        for _ in 0..<11 { below = append(Self.interior([below, below, below, below], key: key)) }
        return Self.interior([below, below, below, below], key: key)
    }

    /// A page of a table's tree that leads to these pages; with the cell of a leaf, of an index's
    /// tree, divided by its key.
    static func interior(_ children: [Int], offset: Int = 0, key: [UInt8]? = nil) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: size)
        page[offset] = key == nil ? 5 : 2
        page[offset + 4] = UInt8(children.count - 1)
        let width = 4 + (key?.count ?? 1)
        let start = size - width * (children.count - 1)
        page.set(offset + 5, start)
        for (number, child) in children.dropLast().enumerated() {
            let cell = start + width * number
            page.set(offset + 12 + 2 * number, cell)
            page.set(cell + 2, child)
            page.replaceSubrange(cell + 4..<cell + width, with: key ?? [UInt8(100 + number)])
        }
        page.set(offset + 10, children.last ?? 0)
        return page
    }

    mutating func write(to path: String) throws {
        let count = bytes.count / Self.size
        bytes.set(30, count)
        try Data(bytes).write(to: URL(filePath: path))
    }
}

extension [UInt8] {
    /// Writes a number of two bytes.
    fileprivate mutating func set(_ place: Int, _ number: Int) {
        self[place] = UInt8(number >> 8)
        self[place + 1] = UInt8(number & 0xFF)
    }
}
