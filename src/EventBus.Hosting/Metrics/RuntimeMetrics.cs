using Prometheus;

namespace EventBus.Hosting.Metrics;

/// <summary>
/// Process, collector and thread pool, read when Prometheus asks. prometheus-net's own collectors are left out: they listen to event
/// counters and meters, which native AOT builds without, and each would be a listener that ASP.NET Core then measures every request for.
/// </summary>
public static class RuntimeMetrics
{
    /// <summary>Registers them in the default registry; once in the life of a process.</summary>
    /// <param name="time">The clock, for the start time.</param>
    public static void Register(TimeProvider time)
    {
        Prometheus.Metrics.SuppressDefaultMetrics(new SuppressDefaultMetricOptions
        {
            SuppressDebugMetrics = true,
            SuppressEventCounters = true,
            SuppressMeters = true,
            SuppressProcessMetrics = true,
        });

        Prometheus.Metrics
            .CreateGauge("process_start_time_seconds", "Start time of the process, as Unix time in seconds.")
            .Set(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000d);
        Prometheus.Metrics
            .CreateGauge("event_bus_build_info", "Always 1; its label is the version.", "version")
            .WithLabels(BinaryIdentity.Version).Set(1);

        var cpu = Counter("process_cpu_seconds_total", "User and system CPU time of the process, in seconds.");
        var resident = Gauge("process_resident_memory_bytes", "Resident memory, in bytes.");
        var heap = Gauge("dotnet_gc_heap_bytes", "Managed heap, in bytes, as of the last collection.");
        var committed = Gauge("dotnet_gc_committed_bytes", "Memory that the collector holds, in bytes.");
        var allocated = Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.");
        var paused = Counter("dotnet_gc_pause_seconds_total", "Time that collections held all threads, in seconds.");
        var collections = Prometheus.Metrics.CreateCounter("dotnet_gc_collections_total", "Collections by generation.", "generation");
        var threads = Gauge("dotnet_threadpool_threads", "Threads of the pool.");
        var queued = Gauge("dotnet_threadpool_queue_length", "Work items that wait for a thread.");
        var completed = Counter("dotnet_threadpool_completed_items_total", "Work items done.");
        var contentions = Counter("dotnet_lock_contentions_total", "Times that a thread had to wait for a lock.");

        Prometheus.Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
        {
            cpu.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds);
            resident.Set(Environment.WorkingSet);
            var gc = GC.GetGCMemoryInfo();
            heap.Set(gc.HeapSizeBytes);
            committed.Set(gc.TotalCommittedBytes);
            allocated.IncTo(GC.GetTotalAllocatedBytes());
            paused.IncTo(GC.GetTotalPauseDuration().TotalSeconds);
            for (var generation = 0; generation <= GC.MaxGeneration; generation++)
                collections.WithLabels(generation.ToString()).IncTo(GC.CollectionCount(generation));
            threads.Set(ThreadPool.ThreadCount);
            queued.Set(ThreadPool.PendingWorkItemCount);
            completed.IncTo(ThreadPool.CompletedWorkItemCount);
            contentions.IncTo(Monitor.LockContentionCount);
        });
    }

    private static Counter Counter(string name, string help) => Prometheus.Metrics.CreateCounter(name, help);

    private static Gauge Gauge(string name, string help) => Prometheus.Metrics.CreateGauge(name, help);
}
