// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Why a deployment could not be worked with.
public struct DeploymentError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    @nonexhaustive
    public enum Cause: Sendable {
        /// The rules do not allow it.
        case refused(Refusal)
        /// The store could not do what was asked.
        case store(AuditStoreError)
        /// A signature could be neither made nor judged.
        case signature(SignatureError)
        /// There is no such deployment.
        case notFound(DeploymentID)
        /// What the store holds is no deployment that this version can read.
        case damaged(String)
        /// The idempotency key was used for something else.
        case keyReused
    }

    /// What went wrong.
    public let cause: Cause

    /// An error with this cause.
    public init(_ cause: Cause) {
        self.cause = cause
    }

    /// The refusal, where the rules did not allow it.
    public var refusal: Refusal? {
        if case .refused(let refusal) = cause { refusal } else { nil }
    }

    /// A sentence that says what went wrong.
    public var description: String {
        switch cause {
        case .refused(let refusal): refusal.description
        case .store(let error): error.description
        case .signature(let error): error.description
        case .notFound(let id): "deployment-not-found: there is no deployment '\(id)'"
        case .damaged(let what): "deployment-damaged: \(what)"
        case .keyReused: "key-reused: the idempotency key was used for another command already"
        }
    }
}
