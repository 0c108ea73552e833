// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit
import Glibc

/// The time zones of the machine, read from the files of its zone database.
public struct SystemZones: ZoneSource {
    /// The folder with the files.
    public let folder: String

    /// The zones below a folder, by default that of the system.
    public init(folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// The rules of a zone, from the file of its name.
    ///
    /// A name that leads out of the folder names no zone.
    public func rules(named name: String) -> ZoneRules? {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                        || (0x61...0x7A).contains(byte) || "_+-".utf8.contains(byte)
                }
        }
        guard isName, parts.count <= 3 else { return nil }
        if name == "UTC" { return .utc }
        guard let bytes = Self.bytes("\(folder)/\(name)") else { return nil }
        return ZoneRules(name: name, tzif: bytes)
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        // No zone has 64 KiB; what is larger is no zone.
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count > 0, count < bytes.count, ferror(file) == 0 else { return nil }
        return Array(bytes[..<count])
    }
}
