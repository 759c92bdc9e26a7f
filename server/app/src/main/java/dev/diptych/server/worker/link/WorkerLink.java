// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import java.util.function.BiConsumer;

/// One end of the connection between a server and a worker. Messages of one kind arrive in the order sent; a transport
/// may let previews wait behind all others, and drop those that a newer one replaces.
///
/// @param <M> what this end sends: [ToServer] at the worker's end, [ToWorker] at the server's
public interface WorkerLink<M> {
    /// Never blocks and never fails: on a closed link the message is lost, and the receiver has been told that it closed.
    void send(M message);

    /// Has something told each message that is larger than the transport carries, with its size and the limit; the link goes on without it.
    default void ifUndeliverable(BiConsumer<M, String> listener) {}

    /// Waits until what was sent before has left this process, or for a second at most: a worker that dies after it has told
    /// what it was about to do.
    default void flush() {}

    /// The other end has shown who it is: what it sends may be large from its next message on. Called by the receiver, while it handles the message that
    /// showed it.
    default void trust() {}

    /// Both ends' receivers are told, once.
    void close(String reason);

    /// What arrives at one end, called by one thread at a time.
    ///
    /// @param <M> what this end receives
    interface Receiver<M> {
        void received(M message);

        /// The last call.
        void closed(String reason);
    }
}
