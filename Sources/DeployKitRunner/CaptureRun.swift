// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The capture of a contract's ID around one command.
struct CaptureRun: Sendable {
    private let capture: ContractCapture
    private let network: Network
    /// The file that the command is to write, and what stood there before.
    private let file: (path: String, before: Stamp?)?

    /// What tells a file that was written from one that was left from before.
    private struct Stamp: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int64
        let nanoseconds: Int64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            #if canImport(Darwin)
                seconds = Int64(status.st_mtimespec.tv_sec)
                nanoseconds = Int64(status.st_mtimespec.tv_nsec)
            #else
                seconds = Int64(status.st_mtim.tv_sec)
                nanoseconds = Int64(status.st_mtim.tv_nsec)
            #endif
        }
    }

    /// Why there is no ID.
    struct Failure: Error, Hashable, Sendable {
        let message: String
    }

    /// Gets ready, before the command starts.
    ///
    /// - Throws: `RunnerError` when the ID that the deployment is to give cannot be derived.
    init(
        _ capture: ContractCapture,
        on network: Network,
        in directory: String
    ) throws(RunnerError) {
        self.capture = capture
        self.network = network
        do {
            _ = try capture.expected(on: network)
        } catch {
            throw RunnerError(.invalid, error.message)
        }
        if case .file(let name, _) = capture.source {
            let path = directory + "/" + name
            file = (path, Stamp(path))
        } else {
            file = nil
        }
    }

    /// The ID, after the command exited 0.
    func id(after outcome: CommandOutcome) -> Result<ContractID, Failure> {
        do {
            let text = try file.map { place throws(Failure) in try Self.content(of: place) }
            return .success(try capture.id(in: text ?? outcome.output.text, on: network))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(message: (error as? ContractIDError)?.message ?? "\(error)"))
        }
    }

    private static func content(
        of file: (path: String, before: Stamp?)
    ) throws(Failure) -> String {
        guard let now = Stamp(file.path) else {
            throw Failure(message: "the command wrote no file '\(file.path)'")
        }
        guard now != file.before else {
            throw Failure(message: "'\(file.path)' is from before: the command did not write it")
        }
        guard now.size <= 16 << 20 else {
            throw Failure(message: "'\(file.path)' has more than 16 MiB")
        }
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Failure(
                message: "'\(file.path)' cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= 16 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Failure(message: "'\(file.path)' cannot be read")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(message: "'\(file.path)' is not UTF-8")
        }
        return text
    }
}
