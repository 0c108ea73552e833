// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import CPostgres
    import DeployKit

    #if canImport(Darwin)
        import Darwin
    #else
        import Glibc
    #endif

    extension Connection {
        /// Waits until libpq has a result, and sends what is still to be sent meanwhile.
        func waitForResult() throws(Trouble) {
            while true {
                let unsent = PQflush(handle)
                guard unsent >= 0 else { throw drop() }
                if unsent == 0, PQisBusy(handle) == 0 { return }
                try wait(for: unsent == 0 ? POLLIN : POLLIN | POLLOUT)
                guard PQconsumeInput(handle) == 1 else { throw drop() }
                takeNotifications()
            }
        }

        /// Waits for the socket.
        ///
        /// - Returns: Whether it is ready; `false` when patience ended and that is not to be told.
        @discardableResult
        func wait(for events: Int32, isTimeoutTold: Bool = true) throws(Trouble) -> Bool {
            while true {
                let socket = PQsocket(handle)
                guard socket >= 0 else { throw drop() }
                var waiting = [
                    pollfd(fd: socket, events: Int16(events), revents: 0),
                    pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
                ]
                // What was heard once is not waited for again.
                let count = isCancelled || !heedsCancellation ? 1 : 2
                let ready = poll(&waiting, nfds_t(count), patience.milliseconds)
                guard ready >= 0 || errno == EINTR else { throw drop() }
                if ready > 0, waiting[0].revents != 0 { return true }
                if ready > 0, waiting[1].revents != 0 {
                    isCancelled = true
                    patience.shorten()
                }
                if patience.isOver {
                    guard isTimeoutTold else { return false }
                    let reason =
                        isCancelled ? "the call was cancelled" : "it did not answer in time"
                    isUsable = false
                    throw Trouble(.gaveUp, AuditStoreError(.unavailable, "\(place): \(reason)"))
                }
            }
        }

        /// Gives the connection up: what is under way has an unknown end.
        func drop(_ error: AuditStoreError? = nil) -> Trouble {
            isUsable = false
            let said = String(cString: PQerrorMessage(handle))
            let reason =
                said.isEmpty
                ? "its answers make no sense" : PostgresFailure.visible(said, limit: 300)
            return Trouble(
                .dropped,
                error ?? AuditStoreError(.unavailable, "\(place) could not be used: \(reason)")
            )
        }

        /// What a result says that went wrong.
        func trouble(_ result: OpaquePointer) -> Trouble {
            func field(_ code: Character) -> String {
                guard let ascii = code.asciiValue,
                    let text = PQresultErrorField(result, Int32(ascii))
                else { return "" }
                return String(cString: text)
            }
            let failure = PostgresFailure(state: field("C"), message: field("M"))
            // The severity in English; a server that ends the session says FATAL or PANIC.
            let isFatal = ["FATAL", "PANIC"].contains(field("V")) || failure.state.hasPrefix("57P")
            if isFatal { isUsable = false }
            return Trouble(
                isFatal ? .dropped : failure.isCollision ? .collided : .answered,
                failure.error(at: place)
            )
        }

        /// Calls `body` with C strings, and `NULL` behind the last.
        static func withStrings<Value>(
            _ texts: [String],
            _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value?
        ) -> Value? {
            let copies = texts.map { strdup($0) }
            defer { for copy in copies { free(copy) } }
            let pointers = copies.map { UnsafePointer($0) } + [nil]
            return pointers.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap(body)
            }
        }
    }
#endif
