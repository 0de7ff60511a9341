SELECT json_build_object('data', json_build_object('procedures', json_build_object(
    'nodes', coalesce(json_agg({card} ORDER BY p.name, p.id), '[]'),
    'pageInfo', json_build_object(
        'hasNextPage', EXISTS (
            SELECT FROM procedure AS next
            WHERE (next.name, next.id) > (max(p.name), (array_agg(p.id ORDER BY p.name DESC, p.id DESC))[1])
        ),
        'endCursor', {cursor_of_procedure}
    )
)))::text
FROM (SELECT id, slug, name, category, summary FROM procedure ORDER BY name, id LIMIT $1) AS p
{outcomes}
