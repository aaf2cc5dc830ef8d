using EventBus.Core.Consuming;

namespace EventBus.Worker.Storing;

/// <content>Where reading goes on: by the store's position, within what the log has.</content>
internal sealed partial class EventSink
{
    /// <summary>Forgets where a partition stands, with all that was gathered of it: the store will say.</summary>
    private void Unplace(SinkPartition partition)
    {
        if (partition.State is SinkState.Gone)
            return;
        _filling.Remove(partition);
        if (partition.State == SinkState.Active)
            _reader.Pause([partition.Name]);
        partition.State = SinkState.Unplaced;
        _placement.Hurry();
    }

    private void Place()
    {
        if (_placement.Take(out var placed, out var error))
        {
            if (error is null)
                TakeUp(placed);
            else if (error is LogUnavailableException)
                LogPlacementFailed(error.Message);
            else
                Trouble(error);
        }

        // A batch that is being written may yet move the positions of what it holds.
        _placement.Start(_partitions.Values, p => _writing?.Moves(p.Name) != true, _abort.Token);
    }

    private void TakeUp(IReadOnlyList<Placed> placed)
    {
        foreach (var (partition, location, position) in placed)
        {
            if (partition.State == SinkState.Gone)
                continue;
            partition.End = location.End;
            SinkMetrics.Observe(partition);
            if (position is { } at)
            {
                if (partition.State == SinkState.Unplaced)
                    TakeUp(partition, location, at);
            }
            else if (partition.State != SinkState.Unplaced && partition.Id.TopicId != location.TopicId)
            {
                LogRecreated(partition.Name.Topic, partition.Name.Partition);
                Unplace(partition);
            }
        }
    }

    private void TakeUp(SinkPartition partition, LogLocation location, long position)
    {
        partition.Place(location.TopicId, position);
        if (position < location.Earliest)
        {
            var lost = location.Earliest - position;
            LogGap(partition.Name.Topic, partition.Name.Partition, position, location.Earliest, lost);
            _filling.Skip(partition, location.Earliest, lost, _timestamp);
        }
        else if (position > location.End)
        {
            // The log was cut behind us (an unclean election): what is written there next has offsets that we have passed.
            LogCut(partition.Name.Topic, partition.Name.Partition, position, location.End);
            _filling.Skip(partition, location.End, lost: 0, _timestamp);
        }

        Continue(partition);
    }

    private void Continue(SinkPartition partition)
    {
        partition.Doubted = -1;
        partition.IsFresh = true;
        partition.State = SinkState.Active;
        if (!_reader.ReadFrom(partition.Name, partition.Next))
            Unplace(partition);
    }
}
