#include "core/mailbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/object.h"
#include "loop.h"

namespace pywebrtc {
namespace {

constexpr size_t kAll = 1 << 20;

FramesWaiting Numbered(Key key) {
  return FramesWaiting{key};
}

Key KeyOf(const Event& event) {
  return std::get<FramesWaiting>(event).target;
}

// An event that calls `gone` when it is destroyed.
Event Watched(std::function<void()> gone) {
  std::shared_ptr<const PeerSnapshot> state(new PeerSnapshot(), [gone = std::move(gone)](const PeerSnapshot* snapshot) {
    delete snapshot;
    gone();
  });
  return OperationDone{1, 2, webrtc::RTCError::OK(), {}, std::move(state), std::nullopt};
}

TEST(Mailbox, IsReadableExactlyWhileEventsWait) {
  Mailbox mailbox;
  EXPECT_FALSE(Readable(mailbox.fd()));
  mailbox.Post(Numbered(1));
  EXPECT_TRUE(Readable(mailbox.fd()));
  EXPECT_EQ(mailbox.Drain(kAll).size(), 1u);
  EXPECT_FALSE(Readable(mailbox.fd()));
  EXPECT_TRUE(mailbox.Drain(kAll).empty());
}

TEST(Mailbox, MessagesOfAChannelInARowAreOneEvent) {
  Mailbox mailbox;
  const auto post = [&](Key channel, const char* text) {
    mailbox.PostMessage(channel, {.data = webrtc::CopyOnWriteBuffer(text), .binary = false});
  };
  post(1, "a");
  post(1, "b");
  post(2, "c");
  post(1, "d");
  mailbox.Post(Numbered(1));
  post(1, "e");
  std::vector<std::pair<Key, size_t>> drained;
  for (const Event& event : mailbox.Drain(kAll)) {
    if (const auto* received = std::get_if<DataChannelMessages>(&event)) {
      drained.emplace_back(received->target, received->messages.size());
    } else {
      drained.emplace_back(KeyOf(event), 0);
    }
  }
  EXPECT_EQ(drained, (std::vector<std::pair<Key, size_t>>{{1, 2}, {2, 1}, {1, 1}, {1, 0}, {1, 1}}));
  // None joins those that were drained, and none waits for a loop that handles so many at once.
  for (size_t i = 0; i < Mailbox::kMaxMessages + 1; ++i) {
    post(1, "f");
  }
  EXPECT_EQ(mailbox.Drain(kAll).size(), 2u);
  // Each counts: a drain ends with the event that reaches the limit.
  for (size_t i = 0; i < 3 * Mailbox::kMaxMessages; ++i) {
    post(1, "g");
  }
  EXPECT_EQ(mailbox.Drain(Mailbox::kMaxMessages + 1).size(), 2u);
  EXPECT_EQ(mailbox.Drain(kAll).size(), 1u);
  mailbox.Close();
  post(1, "h");
  EXPECT_TRUE(mailbox.Drain(kAll).empty());
}

TEST(Mailbox, OneDrainTakesABurst) {
  Mailbox mailbox;
  for (Key i = 0; i < 1000; ++i) {
    mailbox.Post(Numbered(i));
  }
  EXPECT_EQ(mailbox.Drain(kAll).size(), 1000u);
  EXPECT_FALSE(Readable(mailbox.fd()));
}

#if defined(__linux__)
TEST(Mailbox, ABurstIsOneWake) {
  Mailbox mailbox;
  for (Key i = 0; i < 1000; ++i) {
    mailbox.Post(Numbered(i));
  }
  uint64_t wakes = 0;
  ASSERT_EQ(::read(mailbox.fd(), &wakes, sizeof(wakes)), static_cast<ssize_t>(sizeof(wakes)));
  EXPECT_EQ(wakes, 1u);
}
#endif

TEST(Mailbox, WhatIsLeftKeepsTheDescriptorReadable) {
  Mailbox mailbox;
  for (Key i = 0; i < 10; ++i) {
    mailbox.Post(Numbered(i));
  }
  Key expected = 0;
  for (size_t size : {3, 3, 3, 1}) {
    EXPECT_TRUE(Readable(mailbox.fd()));
    const auto drained = mailbox.Drain(3);
    ASSERT_EQ(drained.size(), size);
    for (const Event& event : drained) {
      EXPECT_EQ(KeyOf(event), expected++);
    }
  }
  EXPECT_FALSE(Readable(mailbox.fd()));
  mailbox.Post(Numbered(0));
  EXPECT_TRUE(Readable(mailbox.fd()));
  EXPECT_TRUE(mailbox.Drain(0).empty());
  EXPECT_TRUE(Readable(mailbox.fd()));
}

TEST(Mailbox, EachThreadsEventsStayInOrder) {
  constexpr Key kThreads = 4;
  constexpr Key kEach = 20000;
  Loop loop;
  std::vector<Key> next(kThreads, 0);
  Key handled = 0;
  std::vector<std::thread> posters;
  for (Key t = 0; t < kThreads; ++t) {
    posters.emplace_back([t, mailbox = loop.mailbox] {
      for (Key i = 0; i < kEach; ++i) {
        mailbox->Post(NegotiationNeeded{t, static_cast<uint32_t>(i)});
      }
    });
    loop.handlers[t] = [&next, &handled, t](const Event& event) {
      EXPECT_EQ(std::get<NegotiationNeeded>(event).event_id, next[t]++);
      ++handled;
    };
  }
  EXPECT_TRUE(loop.RunUntil([&] { return handled == kThreads * kEach; }));
  for (std::thread& poster : posters) {
    poster.join();
  }
  EXPECT_FALSE(Readable(loop.mailbox->fd()));
}

TEST(Mailbox, CloseDropsWhatWaitsOutsideOfTheLock) {
  Mailbox mailbox;
  int gone = 0;
  mailbox.Post(Watched([&] {
    ++gone;
    // With the lock held this would deadlock.
    mailbox.Post(Numbered(1));
    EXPECT_TRUE(mailbox.Drain(kAll).empty());
  }));
  mailbox.Close();
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(Readable(mailbox.fd()));
  mailbox.Close();
}

TEST(Mailbox, AnEventPostedAfterCloseIsDestroyedAtOnce) {
  Mailbox mailbox;
  mailbox.Close();
  bool gone = false;
  mailbox.Post(Watched([&] {
    gone = true;
    EXPECT_TRUE(mailbox.Drain(kAll).empty());
  }));
  EXPECT_TRUE(gone);
  EXPECT_FALSE(Readable(mailbox.fd()));
}

TEST(Mailbox, ItsEndReleasesWhatWaits) {
  int gone = 0;
  {
    Mailbox mailbox;
    for (int i = 0; i < 5; ++i) {
      mailbox.Post(Watched([&] { ++gone; }));
    }
    EXPECT_EQ(mailbox.Drain(2).size(), 2u);
    EXPECT_EQ(gone, 2);
  }
  EXPECT_EQ(gone, 5);
}

TEST(Mailbox, ClosesWhileOthersPost) {
  for (int round = 0; round < 50; ++round) {
    auto mailbox = std::make_shared<Mailbox>();
    std::atomic<int> alive{0};
    std::vector<std::thread> posters;
    for (int t = 0; t < 3; ++t) {
      posters.emplace_back([mailbox, &alive] {
        for (int i = 0; i < 100; ++i) {
          ++alive;
          mailbox->Post(Watched([&] { --alive; }));
        }
      });
    }
    mailbox->Drain(10);
    mailbox->Close();
    for (std::thread& poster : posters) {
      poster.join();
    }
    EXPECT_EQ(alive, 0);
  }
}

TEST(Keys, AreNeverUsedTwice) {
  std::vector<std::vector<Key>> keys(4);
  std::vector<std::thread> threads;
  for (auto& mine : keys) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1000; ++i) {
        mine.push_back(NextKey());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<Key> all;
  for (const auto& mine : keys) {
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 4000u);
}

}  // namespace
}  // namespace pywebrtc
