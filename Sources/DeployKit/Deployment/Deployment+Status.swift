// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// What the deployment as a whole is doing.
    public enum Status: Hashable, Sendable {
        /// Its items are being done.
        case active
        /// Nothing new may start until a person has seen to the cause.
        case halted(HaltCause)
        /// What was deployed is looked after; the environment is free.
        case observing
        /// What was done is undone, as a level of the rollback plan says.
        case rollingBack
        /// Everything is done.
        case completed
        /// It was undone, and seen to be undone.
        case rolledBack
        /// It ended early.
        case aborted(AbortCause)
        /// A later deployment took its place.
        case superseded(by: DeploymentID)

        /// Whether nothing can change any more.
        public var isTerminal: Bool {
            switch self {
            case .active, .halted, .observing, .rollingBack: false
            case .completed, .rolledBack, .aborted, .superseded: true
            }
        }

        /// The word for the status.
        public var word: String {
            switch self {
            case .active: "active"
            case .halted: "halted"
            case .observing: "observing"
            case .rollingBack: "rollingBack"
            case .completed: "completed"
            case .rolledBack: "rolledBack"
            case .aborted: "aborted"
            case .superseded: "superseded"
            }
        }
    }
}
