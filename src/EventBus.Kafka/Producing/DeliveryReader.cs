using System.Diagnostics;
using EventBus.Core.Publishing;

namespace EventBus.Kafka.Producing;

public sealed unsafe partial class KafkaProducer
{
    /// <summary>The thread that reads one native producer's events: delivery reports by the hundred, errors, logs, statistics.</summary>
    private sealed class DeliveryReader
    {
        private const int PollMs = 100;
        private const int EventsPerFlush = 16;

        private readonly KafkaProducer _owner;
        private readonly NativeProducer _native;
        private readonly OutcomeCollector _outcomes;
        private readonly Thread _thread;
        private readonly LibRdKafka.DeliveredMessage*[] _messages = new LibRdKafka.DeliveredMessage*[1024];
        private volatile byte[] _statistics = [];
        private volatile bool _stopping;
        private long _delivered;
        private long _failed;

        public DeliveryReader(KafkaProducer owner, NativeProducer native, DeliveryReader? before = null)
        {
            _owner = owner;
            _native = native;
            _outcomes = new OutcomeCollector(owner._ledger);
            _thread = new Thread(Read) { Name = "kafka-deliveries", IsBackground = true };
            if (before is not null)
                (_delivered, _failed, _statistics) = (before.Delivered, before.Failed, before._statistics);
        }

        public long Delivered => Volatile.Read(ref _delivered);

        public long Failed => Volatile.Read(ref _failed);

        public ReadOnlyMemory<byte> Statistics => _statistics;

        public void Start() => _thread.Start();

        /// <summary>False where the thread is still inside librdkafka, which must not be destroyed under it.</summary>
        public bool Stop()
        {
            _stopping = true;
            return _thread.Join(TimeSpan.FromSeconds(2));
        }

        private void Read()
        {
            try
            {
                while (!_stopping)
                {
                    var @event = _native.Poll(PollMs);
                    // What else is at hand is taken along before anybody is woken.
                    for (var taken = 0; @event != 0; @event = ++taken < EventsPerFlush ? _native.Poll(0) : 0)
                    {
                        Handle(@event);
                        LibRdKafka.EventDestroy(@event);
                    }

                    _outcomes.Flush();
                }
            }
            catch (Exception e)
            {
                _owner.LogThreadDied("deliveries", e);
                Environment.FailFast("The reader of delivery reports ended: no event would be answered any more.", e);
            }
        }

        private void Handle(nint @event)
        {
            switch (LibRdKafka.EventType(@event))
            {
                case LibRdKafka.EventKind.Delivery:
                    Deliver(@event);
                    break;
                case LibRdKafka.EventKind.Error when LibRdKafka.EventErrorIsFatal(@event) != 0:
                    _owner.OnFatal(LibRdKafka.ErrorOf(@event));
                    break;
                case LibRdKafka.EventKind.Statistics:
                    _statistics = LibRdKafka.StatsOf(@event).ToArray();
                    break;
                case LibRdKafka.EventKind.Log:
                    Log(@event);
                    break;
            }
        }

        private void Deliver(nint @event)
        {
            nuint count;
            var first = true;
            fixed (LibRdKafka.DeliveredMessage** messages = _messages)
            {
                while ((count = LibRdKafka.EventMessageArray(@event, messages, (nuint)_messages.Length)) > 0)
                {
                    if (first)
                        Observe(messages[0]);
                    first = false;
                    for (nuint i = 0; i < count; i++)
                        Deliver(messages[i]);
                }
            }
        }

        private void Deliver(LibRdKafka.DeliveredMessage* message)
        {
            if (message->Error == 0)
            {
                _outcomes.Published(message->Opaque, message->Partition, message->Offset);
                Volatile.Write(ref _delivered, _delivered + 1);
                return;
            }

            var persisted = LibRdKafka.StatusOf(message) != LibRdKafka.MessageStatus.NotPersisted;
            _outcomes.Refused(message->Opaque, persisted ? PublishItem.Unknown : DeliveryErrors.NotStored(message->Error));
            Volatile.Write(ref _failed, _failed + 1);
        }

        /// <summary>One observation for a report of many events: a summary takes a lock.</summary>
        private void Observe(LibRdKafka.DeliveredMessage* message)
        {
            if (_owner.OnDuration is { } observe && message->Error == 0 && _outcomes.Describe(message->Opaque) is var (series, startedAt))
                observe(series, Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
        }

        private void Log(nint @event)
        {
            var (level, facility, text) = LibRdKafka.LogOf(@event);
            // Syslog levels: 4 is warning. Connection errors of an outage come by the dozen; the circuit says once what they mean.
            if (level <= 4)
                _owner.LogLibraryWarning(facility, text);
            else
                _owner.LogLibraryInformation(facility, text);
        }
    }
}
