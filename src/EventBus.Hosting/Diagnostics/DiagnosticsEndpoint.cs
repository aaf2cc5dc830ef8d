using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EventBus.Hosting.Diagnostics;

/// <summary>The diagnostics' port: one JSON object of what the runtime and the features know of themselves.</summary>
internal static class DiagnosticsEndpoint
{
    /// <summary>Answers with all sections.</summary>
    public static async Task WriteAsync(HttpContext context, DiagnosticsSections sections, TimeProvider time)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true }))
            Write(json, sections, time);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    internal static void Write(Utf8JsonWriter json, DiagnosticsSections sections, TimeProvider time)
    {
        json.WriteStartObject();
        json.WriteString("timestamp", time.GetUtcNow().UtcDateTime);
        json.WriteStartObject("runtime");
        WriteRuntime(json);
        json.WriteEndObject();
        json.WriteStartObject("gc");
        WriteCollector(json);
        json.WriteEndObject();
        json.WriteStartObject("thread_pool");
        WriteThreadPool(json);
        json.WriteEndObject();
        foreach (var (name, write) in sections.All)
        {
            json.WriteStartObject(name);
            write(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRuntime(Utf8JsonWriter json)
    {
        json.WriteString("version", BinaryIdentity.Version);
        json.WriteString("framework", RuntimeInformation.FrameworkDescription);
        json.WriteString("os", RuntimeInformation.OSDescription);
        json.WriteNumber("process_id", Environment.ProcessId);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("cpu_seconds", Environment.CpuUsage.TotalTime.TotalSeconds);
        json.WriteNumber("resident_bytes", Environment.WorkingSet);
        json.WriteNumber("lock_contentions", Monitor.LockContentionCount);
    }

    private static void WriteCollector(Utf8JsonWriter json)
    {
        var gc = GC.GetGCMemoryInfo();
        json.WriteNumber("heap_bytes", gc.HeapSizeBytes);
        json.WriteNumber("committed_bytes", gc.TotalCommittedBytes);
        json.WriteNumber("fragmented_bytes", gc.FragmentedBytes);
        json.WriteNumber("available_bytes", gc.TotalAvailableMemoryBytes);
        json.WriteNumber("allocated_bytes", GC.GetTotalAllocatedBytes());
        json.WriteNumber("pinned_objects", gc.PinnedObjectsCount);
        json.WriteNumber("pause_seconds", GC.GetTotalPauseDuration().TotalSeconds);
        json.WriteStartArray("collections");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            json.WriteNumberValue(GC.CollectionCount(generation));
        json.WriteEndArray();
    }

    private static void WriteThreadPool(Utf8JsonWriter json)
    {
        json.WriteNumber("threads", ThreadPool.ThreadCount);
        json.WriteNumber("queued", ThreadPool.PendingWorkItemCount);
        json.WriteNumber("completed", ThreadPool.CompletedWorkItemCount);
    }
}
