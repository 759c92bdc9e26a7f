// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

class MailboxTest {
    private final List<String> done = new ArrayList<>();
    private final Mailbox mailbox = new Mailbox(() -> done.add("afterwards"));

    @Test
    void whoever_adds_the_first_message_reads_all_that_come_meanwhile() {
        boolean reads =
                mailbox.add(() -> {
                    done.add("first");
                    assertThat(mailbox.add(() -> done.add("second"))).isFalse();
                });

        assertThat(reads).isTrue();
        mailbox.read();
        assertThat(done).containsExactly("first", "afterwards", "second", "afterwards");
    }

    @Test
    void what_follows_from_all_messages_that_are_there_is_done_once() {
        mailbox.add(() -> done.add("first"));
        mailbox.add(() -> done.add("second"));

        mailbox.read();

        assertThat(done).containsExactly("first", "second", "afterwards");
    }

    @Test
    void every_message_of_many_threads_is_read_once_and_alone() throws InterruptedException {
        int[] unguarded = new int[1];
        Mailbox shared = new Mailbox(() -> {});
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    go.await();
                                } catch (InterruptedException _) {
                                    return;
                                }
                                for (int k = 0; k < 20_000; k++) {
                                    if (shared.add(() -> unguarded[0]++)) {
                                        shared.read();
                                    }
                                }
                            }));
        }

        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(unguarded[0]).isEqualTo(160_000);
    }
}
