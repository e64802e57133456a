namespace Mesh.Wire.Transports;

/// <summary>The owner of a transport, told of readiness on the loop. Each call may close the transport.</summary>
public interface ITransportObserver
{
    /// <summary>
    /// Bytes, the end, or an error can be read. Edge: told once; read until <see cref="Transport.WouldBlock"/> or fewer bytes than asked.
    /// </summary>
    void OnReadable();

    /// <summary>After a send that took less than it was given: there is room again.</summary>
    void OnWritable();

    /// <summary>
    /// The peer has reset the connection: neither direction will work again. Told before the <see cref="OnReadable"/> of the same event.
    /// </summary>
    void OnBroken();
}
