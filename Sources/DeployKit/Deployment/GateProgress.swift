// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension Deployment {
    /// How far a gate has come.
    public struct GateProgress: Hashable, Sendable {
        /// The round, counting from 1.
        public internal(set) var round: Int
        /// When it was opened.
        public internal(set) var openedAt: Timestamp
        /// What the gate asks for, as copied when the round was opened.
        public internal(set) var terms: GateTerms
        /// What became of the round when its time was over, if that came first.
        public internal(set) var lapse: Lapse?
        /// Whether the gate has let the deployment on.
        public internal(set) var isConsumed = false
        /// Who rejected the round at which slot, if anybody did.
        public internal(set) var rejection: Rejection?
        /// The sign-offs of the round that were not withdrawn, oldest first.
        public internal(set) var signOffs: [SignOff] = []

        /// Who rejected, and at which slot.
        public struct Rejection: Hashable, Sendable {
            /// The slot.
            public let slot: SignOffSlotID
            /// The person.
            public let person: ActorID
        }
    }
}
