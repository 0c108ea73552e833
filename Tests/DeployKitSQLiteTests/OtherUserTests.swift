// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import Foundation
import Testing

/// Files and folders that belong to somebody else. Only root can become somebody else to try.
@Suite(.enabled(if: getuid() == 0, "only root can become another user"))
struct OtherUserTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("store.sqlite") }
    private static let nobody: uid_t = 65534

    init() throws {
        folder = try TemporaryFolder()
        chmod(folder.url.path, 0o755)
    }

    /// A case: the modes of file and folder, who owns them, and what a stranger learns.
    struct Place: Codable, Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: mode_t
        let folder: mode_t
        var isOwn = false
        let reading: String?
        let writing: String?
        var appending: String?
    }

    @Test(arguments: [
        Place(
            testDescription: "a file that may not be read",
            file: 0o600,
            folder: 0o755,
            reading: "store-unavailable",
            writing: "store-unavailable"
        ),
        Place(
            testDescription: "a file that may be read",
            file: 0o644,
            folder: 0o755,
            reading: nil,
            writing: "store-read-only"
        ),
        Place(
            testDescription: "a file that may be written, in a folder that may not",
            file: 0o666,
            folder: 0o755,
            reading: nil,
            writing: nil,
            appending: "store-read-only"
        ),
        Place(
            testDescription: "an own file in a folder that may not be written",
            file: 0o600,
            folder: 0o755,
            isOwn: true,
            reading: nil,
            writing: nil,
            appending: "store-read-only"
        ),
        Place(
            testDescription: "a folder that may not be entered",
            file: 0o644,
            folder: 0o700,
            reading: "store-unavailable",
            writing: "store-unavailable"
        ),
    ])
    func aStrangerIsRefusedByName(_ place: Place) async throws {
        try await SampleLog.make(at: path, count: 3)
        // A journal that exists could be written without the folder.
        try FileManager.default.removeItem(atPath: path + "-journal")
        try #require(chmod(path, place.file) == 0 && chmod(folder.url.path, place.folder) == 0)
        if place.isOwn { try #require(chown(path, Self.nobody, Self.nobody) == 0) }
        let before = try Data(contentsOf: URL(filePath: path))
        await #expect(processExitsWith: .success) {
            [path = path as String, place = place as Place] in
            try #require(setgid(Self.nobody) == 0 && setuid(Self.nobody) == 0)
            let reading = await code { () throws(AuditStoreError) in
                _ = try await SQLiteAuditStore(path: path, access: .readOnly).count()
            }
            #expect(reading?.rawValue == place.reading)
            var appending: AuditStoreError.Code?
            let writing = await code { () throws(AuditStoreError) in
                let store = try await SQLiteAuditStore(path: path)
                let log = AuditLog(store: store, origin: SampleLog.origin)
                appending = await code { () throws(AuditStoreError) in
                    try await SampleLog.append(9).go(to: log)
                }
            }
            #expect(writing?.rawValue == place.writing)
            #expect(appending?.rawValue == place.appending)
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
    }
}
