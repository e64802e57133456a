# One image for every node: the program and the runtime it needs, as a user without rights.
#   docker build -t mesh .
#   docker run --rm mesh demo --for 20s
#   docker run -v $PWD/mesh.yaml:/etc/mesh/mesh.yaml:ro -v mesh-state:/var/lib/mesh -p 4140:4140 mesh
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
# ReadyToRun: a node that has just started answers its first requests, and takes its fleet's tables, in compiled code.
RUN dotnet publish Mesh.Node -c Release -p:PublishReadyToRun=true -o /out --nologo -v q

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /out /opt/mesh
RUN ln -s /opt/mesh/mesh /usr/local/bin/mesh \
 && useradd --system --uid 4140 --home-dir /var/lib/mesh --create-home mesh \
 && chmod 700 /var/lib/mesh
USER mesh
# Membership, journal, tables and the admin token: what a node must find again after a restart.
ENV MESH_STATE_DIR=/var/lib/mesh
VOLUME /var/lib/mesh
# 4140 routers, 4143 inbound side, 4150 cluster, 9990 admin.
EXPOSE 4140 4143 4150 9990
# SIGTERM is the orderly leave; docker stop must give it the time (--time 30, or stop_grace_period in compose).
STOPSIGNAL SIGTERM
ENTRYPOINT ["mesh"]
CMD ["run", "/etc/mesh/mesh.yaml"]
