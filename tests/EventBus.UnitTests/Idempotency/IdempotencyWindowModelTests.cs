using EventBus.Core.Idempotency;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Idempotency;

/// <summary>Random programs against the window and a naive model of it; FsCheck prints the seed and the shrunk program.</summary>
public sealed class IdempotencyWindowModelTests
{
    private static readonly IdempotencyLimits Limits = new() { Keys = 5, AnswerBytes = 2000, Retention = TimeSpan.FromSeconds(20) };

    [Property(MaxTest = 500, StartSize = 30, EndSize = 600)]
    public void Window_AnyProgram_BehavesAsModel(byte[] program)
    {
        var time = new FakeTimeProvider();
        var window = new InProcessIdempotencyWindow(time, Limits);
        var model = new Model(Limits);
        for (int i = 0; i + 1 < program.Length; i += 2)
        {
            var key = new IdempotencyKey((UInt128)(uint)(program[i + 1] % 8));
            var fingerprint = new RequestFingerprint((UInt128)(uint)(program[i + 1] >> 7));
            var now = time.GetElapsedTime(0);
            switch (program[i] % 8)
            {
                case < 3:
                    Assert.Equal(model.Begin(key, fingerprint, now), Synchronously.Get(window.BeginAsync(key, fingerprint, default)));
                    break;
                case < 5:
                    var answer = new BodyAnswer(i, new byte[program[i] * 2]);
                    model.Complete(key, answer, now);
                    Synchronously.Done(window.CompleteAsync(key, answer));
                    break;
                case 5:
                    model.Abandon(key);
                    Synchronously.Done(window.AbandonAsync(key));
                    break;
                default:
                    time.Advance(TimeSpan.FromSeconds(program[i + 1] % 12));
                    break;
            }

            Assert.Equal(model.Count, window.Count);
            Assert.Equal(model.Bytes, window.AnswerBytes);
            Assert.Equal(model.Evicted, window.Evicted);
            Assert.InRange(window.AnswerBytes, 0, Limits.AnswerBytes);
            Assert.InRange(window.Count, 0, Limits.Keys);
        }
    }

    /// <summary>The same rules as plainly as they can be written: a list in the order of completion, searched from its start.</summary>
    private sealed class Model(IdempotencyLimits limits)
    {
        private readonly Dictionary<IdempotencyKey, RequestFingerprint> _inFlight = [];
        private readonly List<(IdempotencyKey Key, RequestFingerprint Fingerprint, IdempotentAnswer? Answer, TimeSpan At)> _done = [];

        public int Count => _inFlight.Count + _done.Count;

        public long Bytes => _done.Sum(d => (long)(d.Answer?.Size ?? 0));

        public long Evicted { get; private set; }

        public IdempotencyClaim Begin(IdempotencyKey key, RequestFingerprint fingerprint, TimeSpan now)
        {
            _done.RemoveAll(d => now - d.At >= limits.Retention);
            int found = _done.FindIndex(d => d.Key == key);
            if (found >= 0)
            {
                return _done[found].Fingerprint == fingerprint
                    ? new IdempotencyClaim(IdempotencyOutcome.Completed, _done[found].Answer)
                    : new IdempotencyClaim(IdempotencyOutcome.Mismatch, null);
            }

            if (_inFlight.TryGetValue(key, out var theirs))
                return new IdempotencyClaim(theirs == fingerprint ? IdempotencyOutcome.InFlight : IdempotencyOutcome.Mismatch, null);

            if (Count == limits.Keys && !Evict())
                return new IdempotencyClaim(IdempotencyOutcome.Full, null);

            _inFlight.Add(key, fingerprint);
            return new IdempotencyClaim(IdempotencyOutcome.Started, null);
        }

        public void Complete(IdempotencyKey key, IdempotentAnswer answer, TimeSpan now)
        {
            if (!_inFlight.Remove(key, out var fingerprint))
                return;

            bool kept = answer.Size <= limits.LargestAnswerBytes;
            while (kept && Bytes + answer.Size > limits.AnswerBytes && Evict())
            {
            }

            _done.Add((key, fingerprint, kept ? answer : null, now));
        }

        public void Abandon(IdempotencyKey key) => _inFlight.Remove(key);

        private bool Evict()
        {
            if (_done.Count == 0)
                return false;

            _done.RemoveAt(0);
            Evicted++;
            return true;
        }
    }
}
